-- The verbs that show: tree, errors, events, status, checkpoints, conflicts, diff, log, doctor.
local conflicts = require("pland.conflicts")
local pick = require("pland.pick")
local plans = require("pland.plans")
local reports = require("pland.reports")
local scratch = require("pland.scratch")
local server = require("pland.server")
local task = require("pland.task")
local words = require("pland.words")
local M = {}

local most_events = 10000 -- of one answer

function M.status(argument)
  require("pland.window").open(argument)
end

function M.checkpoints(argument)
  local plan_id = argument.planId
  if not plan_id then
    local plan = pick.plan("Checkpoints of which plan?", function(each)
      return each.checkpoints > 0
    end, "there is no checkpoint yet: running a plan makes them.")
    plan_id = plan and plan.planId
  end
  if plan_id then
    require("pland.window").open({ planId = plan_id, checkpoints = true })
  end
end

function M.conflicts(argument)
  conflicts.list(argument.planId)
end

local function name_of(target)
  if target.subplanId then
    local _, subplan = plans.of_subplan(target.subplanId)
    return subplan and subplan.name or target.subplanId
  end
  local plan = plans.get(target.planId)
  return plan and plans.title(plan) or target.planId
end

local function any()
  return true
end

-- { planId } or { subplanId }
local function only_id(argument)
  return argument.subplanId and { subplanId = argument.subplanId }
    or argument.planId and { planId = argument.planId }
end

local function chosen_plan(prompt)
  local plan = pick.plan(prompt, any, "there is no plan yet.")
  return plan and { planId = plan.planId }
end

function M.tree(argument)
  local target = only_id(argument) or chosen_plan("Decisions of which plan?")
  if not target then
    return
  end
  local title = name_of(target)
  local answer = server.request("tree",
    vim.tbl_extend("force", target, { showSuperseded = argument.showSuperseded }))
  scratch.show("pland://tree/" .. title, reports.tree(title, answer), "pland-tree")
  vim.wo.foldmethod = "indent"
  vim.wo.foldlevel = 99
  vim.bo.shiftwidth = 2
end

-- What failed in the child plans that failed, by their ids.
local function errors_below(answer, found)
  for _, each in ipairs(answer.errors) do
    if plans.child(each.subplanId) and not found[each.subplanId] then
      local below = server.request("errors", { planId = each.subplanId })
      found[each.subplanId] = below
      errors_below(below, found)
    end
  end
  return found
end

function M.errors(argument)
  local target = only_id(argument) or pick.target("What failed in what?", function(plan)
    return words.in_state(plan, "errored") > 0 or plan.state == "errored" or plan.state == "constrained"
  end, function(subplan)
    return subplan.state == "errored"
  end, "nothing failed.")
  if not target then
    return
  end
  local title = name_of(target)
  local answer = server.request("errors", target)
  if #answer.errors == 0 and #answer.conflictFiles == 0 then
    return vim.notify(("pland: nothing failed in %s."):format(title))
  end
  scratch.show("pland://errors/" .. title, reports.errors(title, answer, errors_below(answer, {})), "pland-errors")
end

function M.events(argument)
  local target = only_id(argument) or chosen_plan("Events of which plan?")
  if not target then
    return
  end
  local events, after = {}, argument.after
  repeat
    local answer = server.request("events",
      vim.tbl_extend("force", target, { after = after, limit = argument.limit or most_events }))
    vim.list_extend(events, answer.events)
    after = answer.next
  until not answer.more or argument.limit
  local title = name_of(target)
  if #events == 0 then
    return vim.notify(("pland: nothing has happened in %s yet."):format(title))
  end
  local lines = reports.events(events, function(id)
    return name_of({ subplanId = id })
  end)
  scratch.show("pland://events/" .. title, lines, "log")
  vim.wo.wrap = false
  vim.cmd("normal! G")
end

function M.diff(argument)
  local target = (argument.subplanId or argument.planId) and argument
    or pick.target("Show the changes of what?", function(plan)
      return words.in_state(plan, "complete") > 0
    end, function(subplan)
      return #(subplan.filesChanged or {}) > 0
    end, "nothing has changed anything yet.")
  if not target then
    return
  end
  local asked = target.subplanId and { subplanId = target.subplanId } or { planId = target.planId }
  local answer = server.request("diff", asked)
  local name = name_of(asked)
  if answer.patch == "" then
    return vim.notify(("pland: %s changed nothing."):format(name))
  end
  scratch.show("pland://diff/" .. name, scratch.lines(answer.patch), "diff")
end

function M.log(argument)
  local target = argument.subplanId and argument
    or pick.target("Show the output of what?", function()
      return false
    end, function(subplan)
      return subplan.state ~= "queued" and not plans.child(subplan.subplanId)
    end, "nothing has run yet.")
  if not target then
    return
  elseif plans.child(target.subplanId) then
    task.refuse(("%s is a plan: its subplans have outputs."):format(name_of(target)))
  end
  local answer = server.request("log", { subplanId = target.subplanId, attempt = argument.attempt })
  local name = ("pland://log/%s/%d"):format(name_of(target), answer.attempt)
  -- What colours a terminal is noise here.
  local text = answer.text:gsub("\27%[[%d;?]*%a", ""):gsub("\r\n", "\n")
  scratch.show(name, text == "" and { "(no output)" } or scratch.lines(text), "log")
  vim.cmd("normal! G")
end

local function add_checks(lines, checks)
  for _, check in ipairs(checks) do
    lines[#lines + 1] = ("  %-8s %-13s %s"):format(check.state, check.name, check.text)
    if check.remedy then
      lines[#lines + 1] = (" "):rep(24) .. check.remedy
    end
  end
end

function M.doctor()
  local answer = server.request("doctor", vim.empty_dict())
  local lines = { "pland " .. answer.version }
  add_checks(lines, answer.machine)
  for _, project in ipairs(answer.projects) do
    lines[#lines + 1] = project.folder
    add_checks(lines, project.checks)
    local bytes = project.bytes
    lines[#lines + 1] = ("  %s: %s, %s of it sandboxes"):format(
      project.stateDirectory, words.size(bytes.total), words.size(bytes.sandboxes))
  end
  scratch.show("pland://doctor", lines, "")
end

return M
