-- The verbs that start and stop work: use, spawn, cancel, retry.
local attach = require("pland.attach")
local compat = require("pland.compat")
local pick = require("pland.pick")
local plans = require("pland.plans")
local project = require("pland.project")
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
  if trust.approved_plan(plan) then
    plans.refresh(server.request("retry", target).planId)
  end
end

return M
