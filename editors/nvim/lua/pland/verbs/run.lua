-- The verbs that start and stop work: use, spawn, execute, resume, cancel, retry.
local attach = require("pland.attach")
local compat = require("pland.compat")
local pick = require("pland.pick")
local plans = require("pland.plans")
local project = require("pland.project")
local reports = require("pland.reports")
local scratch = require("pland.scratch")
local server = require("pland.server")
local trust = require("pland.trust")
local words = require("pland.words")
local M = {}

local function from_file(argument, verb)
  local uri = argument.uri
  if not uri then
    local file = pick.plan_file()
    if not file then
      return
    end
    attach.activate(project.root_of(file))
    uri = vim.uri_from_fname(file)
  end
  -- `use` starts nothing.
  if verb == "spawn" and not trust.approved(vim.uri_to_fname(uri)) then
    return
  end
  local function ask(replace)
    return server.request(verb, { uri = uri, replace = replace or nil })
  end
  local good, answer = pcall(ask, argument.replace)
  if not good then
    local running = type(answer) == "table" and type(answer.data) == "table" and answer.data.planId
    if not running then
      error(answer, 0)
    end
    local name = vim.fn.fnamemodify(vim.uri_to_fname(uri), ":t")
    local choice = compat.confirm(("A plan of %s still runs."):format(name),
      "&Show it\n&Cancel it and start anew\n&Leave it", 1)
    if choice == 1 then
      return require("pland.window").open({ planId = running })
    elseif choice ~= 2 then
      return
    end
    answer = ask(true)
  end
  if verb == "spawn" then
    trust.remember(answer.planId)
  end
  plans.refresh(answer.planId)
  local what = verb == "spawn" and "Spawned" or "Created"
  vim.notify(("pland: %s: %s."):format(what, words.count(#answer.children, "subplan")))
end

function M.use(argument)
  from_file(argument, "use")
end

function M.spawn(argument)
  if not argument.planId then
    return from_file(argument, "spawn")
  end
  if not trust.approved_plan(plans.get(argument.planId)) then
    return
  end
  server.request("spawn", { planId = argument.planId })
  plans.refresh(argument.planId)
end

-- A child plan may go on when its root was allowed: they are of one file.
local function approved(plan)
  return trust.approved_plan(plan and plans.root_of(plan))
end

function M.execute(argument)
  local plan_id = argument.planId
  if not plan_id then
    local plan = pick.plan("Execute which plan?", words.can_execute, "no plan has anything left to run.")
    plan_id = plan and plan.planId
  end
  if plan_id and approved(plans.get(plan_id)) then
    plans.refresh(server.request("execute", { planId = plan_id }).planId)
  end
end

function M.resume(argument)
  local plan_id = argument.planId
  if not plan_id then
    local plan = pick.plan("Resume which plan?", words.can_resume, "no plan was interrupted or failed.")
    plan_id = plan and plan.planId
  end
  local plan = plans.get(plan_id)
  if not plan_id or not (argument.dryRun or approved(plan)) then
    return
  end
  local answer = server.request("resume", { planId = plan_id, dryRun = argument.dryRun })
  local title = plan and plans.title(plan) or "the plan"
  if argument.dryRun then
    return scratch.show("pland://resume/" .. title, reports.resume(title, answer), "pland-preview")
  end
  plans.refresh(answer.planId)
  vim.notify(("pland: %s goes on: %d done, %d to run."):format(title, #answer.done, #answer.remaining))
end

local function named(argument)
  if argument.subplanId then
    return { subplanId = argument.subplanId }
  elseif argument.planId then
    return { planId = argument.planId }
  end
end

function M.cancel(argument)
  local target = named(argument) or pick.target("Stop what?", words.is_running, function(subplan)
    return subplan.state == "processing"
  end, "nothing runs.")
  if target then
    plans.refresh(server.request("cancel", target).planId)
  end
end

local function unfinished(subplan)
  return subplan.state == "errored" or subplan.state == "cancelled"
end

function M.retry(argument)
  local target = named(argument) or pick.target("Run what again?", function(plan)
    if words.is_running(plan) or plan.state == "applied" then
      return false
    end
    return words.awaits_input(plan) or #vim.tbl_filter(unfinished, plan.subplans) > 0
  end, unfinished, "nothing failed.")
  if not target then
    return
  end
  local plan = target.subplanId and plans.of_subplan(target.subplanId) or plans.get(target.planId)
  if approved(plan) then
    plans.refresh(server.request("retry", target).planId)
  end
end

return M
