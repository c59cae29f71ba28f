-- The verbs that change a plan or the files: revert, checkpoint, rollback, resolve, apply, undo.
local compat = require("pland.compat")
local pick = require("pland.pick")
local plans = require("pland.plans")
local project = require("pland.project")
local scratch = require("pland.scratch")
local server = require("pland.server")
local words = require("pland.words")
local M = {}

local most_files_in_question = 12

function M.revert(argument)
  local plan_id = argument.planId
  if not plan_id then
    local plan = pick.plan("Take which plan back to strategize?", words.can_revert, "no plan can go back.")
    plan_id = plan and plan.planId
  end
  if not plan_id then
    return
  end
  local plan = plans.get(plan_id)
  local title = plan and plans.title(plan) or "the plan"
  local reason = argument.reason or pick.text(("Take %s back to strategize, because: "):format(title))
  if not reason then
    return
  end
  local done = server.request("revert", { planId = plan_id, toPhase = argument.toPhase, reason = reason })
  for _, each in ipairs(plan and plans.with_children(plan) or {}) do
    plans.refresh(each.planId)
  end
  vim.notify(("pland: %s is back at strategize (%d of 3 times). :Pland execute starts it, :Pland undo brings its results back.")
    :format(title, done.reversionCount))
end

function M.checkpoint(argument)
  local target = argument.subplanId and { subplanId = argument.subplanId }
    or argument.planId and { planId = argument.planId }
  if not target then
    local plan = pick.plan("Make a checkpoint of which plan?", function()
      return true
    end, "there is no plan yet.")
    if not plan then
      return
    end
    target = { planId = plan.planId }
  end
  target.label = argument.label or pick.text("What to call the checkpoint: ")
  if not target.label then
    return
  end
  local made = server.request("checkpoint", target)
  plans.refresh(made.planId)
  local left = #(made.leftOut or {}) > 0 and (", %s left out"):format(words.count(#made.leftOut, "file")) or ""
  vim.notify(("pland: checkpoint '%s': %s%s."):format(made.label, words.count(made.files, "file"), left))
end

-- What a rollback would do, a sentence or file a line.
local function effects(preview, most)
  local lines = {}
  local files, lost = preview.data.changes_reverted, preview.data.impact.child_plans_invalidated
  if #files == 0 then
    table.insert(lines, "No file of the plan's result changes.")
  else
    table.insert(lines, words.count(#files, "file") .. " of the plan's result:")
    for index = 1, math.min(#files, most) do
      table.insert(lines, ("  %s: %s"):format(files[index].file, files[index].action))
    end
    if #files > most then
      table.insert(lines, ("  and %d more"):format(#files - most))
    end
  end
  if lost > 0 then
    table.insert(lines, words.count(lost, "subplan") .. " will have to run again.")
  end
  table.insert(lines, "Your own files stay as they are. A rollback can be undone.")
  return lines
end

local function same(a, b)
  return vim.deep_equal(a.data, b.data)
end

-- Asks with what would happen, and again when that has changed while the question stood.
local function confirmed(name, look)
  local preview = look()
  while true do
    local question = ("Roll back %s to checkpoint '%s'?"):format(name, preview.data.rollback_summary.label)
    local text = question .. "\n" .. table.concat(effects(preview, most_files_in_question), "\n")
    if compat.confirm(text, "&Roll back\n&Leave it", 2, "Warning") ~= 1 then
      return false
    end
    local now = look()
    if same(now, preview) then
      return true
    end
    preview = now
  end
end

function M.rollback(argument)
  local plan_id, checkpoint_id = argument.planId, argument.checkpointId
  if not checkpoint_id then
    local chosen = pick.checkpoint(plan_id)
    if not chosen then
      return
    end
    plan_id, checkpoint_id = chosen.planId, chosen.checkpointId
  end
  local function look()
    return server.request("rollback", { planId = plan_id, checkpointId = checkpoint_id, dryRun = true })
  end
  local plan = plans.get(plan_id)
  local name = plan and words.short_name(plan.name) or "the plan"
  if argument.dryRun then
    local preview = look()
    local label = preview.data.rollback_summary.label
    local lines = { ("What rolling back %s to '%s' would do:"):format(name, label), "" }
    return scratch.show("pland://rollback/" .. label, vim.list_extend(lines, effects(preview, math.huge)), "pland-preview")
  end
  if not argument.confirmed and not confirmed(name, look) then
    return
  end
  local done = server.request("rollback", { planId = plan_id, checkpointId = checkpoint_id, confirmed = true })
  plans.refresh(plan_id)
  vim.notify(("pland: rolled back to '%s'. :Pland retry goes on from there, :Pland undo takes it back.")
    :format(done.data.rollback_summary.label))
end

function M.resolve(argument)
  local conflict_id, hunk, side = argument.conflictId, argument.hunk, argument.resolution
  if not conflict_id or not side then
    local conflict
    if conflict_id then
      conflict = plans.conflict(conflict_id)
    else
      conflict, hunk = pick.conflict(argument.planId, "Resolve which conflict?")
    end
    side = conflict and (side or pick.side(conflict))
    if not side then
      return
    end
    conflict_id = conflict.conflictId
    if side == "merge" then
      return require("pland.merge").open(conflict_id)
    end
  end
  local done = server.request("resolve",
    { conflictId = conflict_id, resolution = side, hunk = hunk, content = argument.content })
  plans.refresh(done.planId)
  local rest = done.open == 0 and "No conflict is left." or words.count(done.open, "conflict") .. " left."
  vim.notify(("pland: %s: took %s. %s"):format(done.path, side, rest))
end

function M.merge(argument)
  local conflict_id = argument.conflictId
  if not conflict_id then
    local conflict = pick.conflict(argument.planId, "Merge which conflict?")
    conflict_id = conflict and conflict.conflictId
  end
  if conflict_id then
    require("pland.merge").open(conflict_id)
  end
end

-- Files that are open were changed in the editor; writing them is the person's.
local function unsaved(plan, files)
  local root = plan and plan.uri and project.root_of(vim.uri_to_fname(plan.uri))
  return #vim.tbl_filter(function(file)
    local buffer = root and compat.loaded_buffer(root .. "/" .. file.file)
    return buffer and vim.bo[buffer].modified
  end, files)
end

function M.apply(argument)
  local plan_id = argument.planId
  if not plan_id then
    local plan = pick.plan("Apply which plan?", words.can_apply, "no plan is ready to be applied.")
    plan_id = plan and plan.planId
  end
  if not plan_id then
    return
  end
  local plan = plans.get(plan_id)
  local name = plan and words.short_name(plan.name) or "the plan"
  local done = server.request("apply", { planId = plan_id, dryRun = argument.dryRun, paths = argument.paths })
  if argument.dryRun then
    local lines = { ("What applying %s would do:"):format(name), "" }
    for _, file in ipairs(done.files) do
      table.insert(lines, ("  %s: %s"):format(file.file, file.action))
    end
    return scratch.show("pland://apply/" .. name, lines, "pland-preview")
  end
  plans.refresh(plan_id)
  vim.cmd("checktime")
  if not done.operationId then
    return vim.notify("pland: there was nothing to apply.")
  end
  local text = ("pland: applied %s of %s."):format(words.count(#done.files, "file"), name)
  if #(done.notIncluded or {}) > 0 then
    text = ("%s Not part of it: %s."):format(text, table.concat(done.notIncluded, ", "))
  end
  local waiting = unsaved(plan, done.files)
  if waiting > 0 then
    text = ("%s %s for :wall."):format(text, waiting == 1 and "One is open and waits" or waiting .. " are open and wait")
  end
  vim.notify(text .. " :Pland undo takes it back.")
end

function M.undo(argument)
  local target = nil
  for _, key in ipairs({ "operationId", "subplanId", "planId", "uri" }) do
    if argument[key] and not target then
      target = { [key] = argument[key] }
    end
  end
  local done = server.request("undo", target)
  for _, plan in ipairs(plans.current()) do
    plans.refresh(plan.planId)
  end
  vim.cmd("checktime")
  vim.notify("pland: undone: " .. done.description)
end

return M
