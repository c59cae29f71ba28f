-- The verbs that show: status, checkpoints, conflicts, diff, log, doctor.
local conflicts = require("pland.conflicts")
local pick = require("pland.pick")
local plans = require("pland.plans")
local scratch = require("pland.scratch")
local server = require("pland.server")
local words = require("pland.words")
local M = {}

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
  return plan and words.short_name(plan.name) or target.planId
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
      return subplan.state ~= "queued"
    end, "nothing has run yet.")
  if not target then
    return
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
