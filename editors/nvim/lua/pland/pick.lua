-- Asks for what a command needs to know and was not told. Answers nothing when the person leaves. Within a task.
local attach = require("pland.attach")
local conflicts = require("pland.conflicts")
local plans = require("pland.plans")
local project = require("pland.project")
local task = require("pland.task")
local words = require("pland.words")
local M = {}

-- choices: {label, value}; the only one is taken without asking.
function M.one_of(choices, prompt, none, always_ask)
  if #choices == 0 then
    task.refuse(none)
  elseif #choices == 1 and not always_ask then
    return choices[1].value
  end
  local choice = task.await(function(done)
    vim.ui.select(choices, {
      prompt = prompt,
      kind = "pland",
      format_item = function(item)
        return item.label
      end,
    }, done)
  end)
  return choice and choice.value
end

function M.text(prompt)
  local text = task.await(function(done)
    vim.ui.input({ prompt = prompt }, done)
  end)
  return text ~= "" and text or nil
end

-- The plan file in front of the person.
function M.plan_file_here()
  local name = vim.api.nvim_buf_get_name(0)
  return vim.bo.buftype == "" and project.is_plan(name) and name or nil
end

function M.plan_file()
  local here = M.plan_file_here()
  if here then
    return here
  end
  local choices = {}
  for _, file in ipairs(project.plan_files(attach.here())) do
    table.insert(choices, { label = vim.fn.fnamemodify(file, ":~:."), value = file })
  end
  return M.one_of(choices, "Which plan?", "there is no plan file (*.plan.yaml) here yet; :Pland new writes one.")
end

local function plan_label(plan)
  return ("%s  %s"):format(plan.name, words.plan_text(plan))
end

function M.plan(prompt, fits, none)
  local choices = {}
  local here = M.plan_file_here()
  for _, plan in ipairs(plans.current()) do
    if fits(plan) then
      local is_here = here and plan.uri == vim.uri_from_fname(here)
      table.insert(choices, is_here and 1 or #choices + 1, { label = plan_label(plan), value = plan })
    end
  end
  return M.one_of(choices, prompt, none)
end

-- A plan as a whole or one of its subplans: { planId } or { subplanId }.
function M.target(prompt, fits_plan, fits_subplan, none)
  local choices = {}
  for _, plan in ipairs(plans.current()) do
    if fits_plan(plan) then
      table.insert(choices, { label = plan_label(plan), value = { planId = plan.planId } })
    end
    for _, owner in ipairs(plans.with_children(plan)) do
      for _, subplan in ipairs(owner.subplans) do
        if fits_subplan(subplan, owner) then
          local label = ("%s  %s, of %s"):format(subplan.name, words.subplan_text(subplan), plans.title(owner))
          table.insert(choices, { label = label, value = { subplanId = subplan.subplanId } })
        end
      end
    end
  end
  return M.one_of(choices, prompt, none)
end

function M.checkpoint(plan_id)
  local found = {}
  for _, plan in ipairs(plans.families()) do
    if (plan_id == nil or plan.planId == plan_id) and plan.checkpoints > 0 then
      vim.list_extend(found, plans.checkpoints(plan.planId))
    end
  end
  table.sort(found, function(a, b)
    return a.checkpointId > b.checkpointId
  end)
  local choices, now = {}, os.time()
  for _, checkpoint in ipairs(found) do
    local plan = plans.get(checkpoint.planId)
    local of = plan and ", of " .. plans.title(plan) or ""
    local label = ("%s  %s%s"):format(checkpoint.label, words.checkpoint_text(checkpoint, now), of)
    table.insert(choices, { label = label, value = checkpoint })
  end
  return M.one_of(choices, "Roll back to which checkpoint?", "there is no checkpoint yet: running a plan makes them.", true)
end

-- The conflict at the cursor, the only one, or the chosen one; and the hunk when the cursor is on one of several.
function M.conflict(plan_id, prompt)
  local id, hunk = conflicts.at_cursor()
  if id and not plan_id then
    return plans.conflict(id), hunk
  end
  local choices = {}
  for _, conflict in ipairs(plans.open_conflicts(plan_id)) do
    local label = ("%s  %s"):format(conflict.path, words.conflict_text(conflict))
    table.insert(choices, { label = label, value = conflict })
  end
  return M.one_of(choices, prompt, "there is no open conflict.")
end

-- "ours", "theirs", "both", "base", or "merge" for the three-way diff.
function M.side(conflict)
  local ours = conflict.subplanId and conflict.ours or "your text"
  local is_text = (conflict.kind == "content" or conflict.kind == "creation") and #conflict.hunks > 0
  local choices = {}
  local function add(label, value)
    table.insert(choices, { label = label, value = value })
  end
  if #conflict.hunks > 0 then
    add("Open the three-way diff", "merge")
  end
  add(("Take %s (ours: what was merged first)"):format(ours), "ours")
  add(("Take %s (theirs: what is merged onto it)"):format(conflict.theirs), "theirs")
  if is_text then
    add(("Take both: %s, then %s"):format(ours, conflict.theirs), "both")
  end
  add("Take base: neither, as it was before", "base")
  return M.one_of(choices, ("How shall %s be resolved?"):format(conflict.path), "", true)
end

return M
