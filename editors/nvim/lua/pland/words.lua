-- How plans read to a person. Pure; the same sentences in the plan window, the status line and notifications.
local M = {}

function M.count(number, one, many)
  return ("%d %s"):format(number, number == 1 and one or many or one .. "s")
end

-- "512 B", "1.5 MiB": bytes in powers of 1024.
function M.size(bytes)
  local units = { "B", "KiB", "MiB", "GiB", "TiB" }
  local unit = 1
  while bytes >= 1024 and unit < #units do
    bytes = bytes / 1024
    unit = unit + 1
  end
  return (unit == 1 and "%d %s" or "%.1f %s"):format(bytes, units[unit])
end

local minute, hour, day = 60, 3600, 86400

-- "2026-11-23T08:00:00.000Z", or milliseconds since 1970, as seconds since then; the C library knows local time only.
function M.seconds(iso)
  if type(iso) == "number" then
    return math.floor(iso / 1000)
  end
  local y, mo, d, h, mi, s = tostring(iso):match("^(%d+)-(%d+)-(%d+)T(%d+):(%d+):(%d+)")
  if not y then
    return nil
  end
  y, mo, d = tonumber(y), tonumber(mo), tonumber(d)
  if mo <= 2 then
    y, mo = y - 1, mo + 12
  end
  local days = 365 * y + math.floor(y / 4) - math.floor(y / 100) + math.floor(y / 400)
    + math.floor((153 * (mo - 3) + 2) / 5) + d - 719469
  return days * day + tonumber(h) * hour + tonumber(mi) * minute + tonumber(s)
end

-- "just now", "42 min ago", "3 h ago", "2 d ago".
function M.age(iso, now)
  local passed = now - (M.seconds(iso) or now)
  if passed < minute then
    return "just now"
  elseif passed < hour then
    return ("%d min ago"):format(passed / minute)
  elseif passed < day then
    return ("%d h ago"):format(passed / hour)
  end
  return ("%d d ago"):format(passed / day)
end

-- It waits for someone to continue it: after a rollback, or between `use` and `spawn`.
function M.awaits_input(plan)
  if plan.phase == "strategize" then
    return plan.state == "complete" or plan.state == "queued"
  end
  return plan.state == "queued" and plan.checkpoints > 0
end

-- It was at work when its editor was closed, and was stopped by that, not by a person's wish.
function M.was_closed(plan)
  return plan.state == "cancelled" and plan.error == "pland was closed"
end

function M.is_running(plan)
  if plan.phase == "strategize" then
    return plan.state == "processing"
  end
  return plan.state == "processing" or (plan.state == "queued" and not M.awaits_input(plan))
end

function M.in_state(plan, state)
  local found = 0
  for _, subplan in ipairs(plan.subplans) do
    if subplan.state == state then
      found = found + 1
    end
  end
  return found
end

function M.can_apply(plan)
  return plan.phase == "execute"
    and not M.is_running(plan)
    and not M.awaits_input(plan)
    and plan.conflicts.open == 0
    and M.in_state(plan, "complete") > 0
end

-- Something of it is still to be run.
function M.can_execute(plan)
  return not M.is_running(plan)
    and plan.state ~= "applied"
    and (plan.phase == "strategize" or M.in_state(plan, "complete") < #plan.subplans)
end

function M.can_resume(plan)
  return M.can_execute(plan) and (plan.state ~= "cancelled" or M.was_closed(plan))
end

function M.can_revert(plan)
  if plan.phase == "strategize" then
    return plan.state == "complete" or plan.state == "errored"
  end
  return not M.is_running(plan) and plan.state ~= "applied"
end

-- What a plan wants of a person, most urgent first: "conflicts", "failures", "continue" or "apply".
function M.need_of(plan)
  if M.was_closed(plan) then
    return "continue"
  elseif M.is_running(plan) or plan.state == "applied" or plan.state == "cancelled" then
    return nil
  elseif plan.conflicts.open > 0 then
    return "conflicts"
  elseif plan.phase == "strategize" or M.awaits_input(plan) then
    return "continue"
  elseif M.in_state(plan, "errored") > 0 then
    return "failures"
  end
  return M.can_apply(plan) and "apply" or nil
end

function M.plan_text(plan)
  if plan.state == "applied" then
    return "applied"
  elseif plan.phase == "strategize" and not M.is_running(plan) then
    return "not started"
  end
  local parts = {}
  if M.awaits_input(plan) then
    table.insert(parts, "waits for you")
  end
  if plan.state == "cancelled" then
    table.insert(parts, M.was_closed(plan) and "stopped with the editor" or "cancelled")
  end
  table.insert(parts, ("%d/%d done"):format(M.in_state(plan, "complete"), #plan.subplans))
  local running, failed = M.in_state(plan, "processing"), M.in_state(plan, "errored")
  if running > 0 then
    table.insert(parts, running .. " running")
  end
  if failed > 0 then
    table.insert(parts, failed .. " failed")
  end
  if plan.conflicts.open > 0 then
    table.insert(parts, M.count(plan.conflicts.open, "conflict"))
  end
  return table.concat(parts, ", ")
end

function M.subplan_text(subplan)
  local again = subplan.attempt > 1 and (", attempt %d"):format(subplan.attempt) or ""
  local files = #(subplan.filesChanged or {})
  if subplan.state == "queued" then
    return "queued"
  elseif subplan.state == "processing" then
    return "running" .. again
  elseif subplan.state == "complete" then
    return "done" .. again .. (files > 0 and ", " .. M.count(files, "file") or "")
  elseif subplan.state == "errored" then
    return "failed" .. again .. (subplan.exitCode and (", exit code %d"):format(subplan.exitCode) or "")
  end
  return subplan.state .. again
end

local kinds = {
  creation = ", both created it",
  deletion = ", one deleted it",
  rename = ", renamed",
  mode = ", kind or permissions",
  binary = ", not text",
}

function M.conflict_text(conflict)
  return ("%s and %s%s"):format(conflict.ours, conflict.theirs, kinds[conflict.kind] or "")
end

function M.checkpoint_text(checkpoint, now)
  local text = ("%s, %s"):format(M.age(checkpoint.createdAt, now), M.count(checkpoint.files, "file"))
  local left = #(checkpoint.leftOut or {})
  return left > 0 and ("%s, %d left out"):format(text, left) or text
end

-- "local/retire-logger" is "retire-logger" where space is short.
function M.short_name(name)
  return (name:gsub("^.*/", ""))
end

return M
