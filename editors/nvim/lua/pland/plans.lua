-- What is known of every plan. Fed by pland/planChanged; nothing is asked for on a timer. What a change does not say
-- (counts, files, errors) is asked for once after it, at most one question a plan at a time. Checkpoints and conflicts
-- are asked for when somebody looks.
local compat = require("pland.compat")
local server = require("pland.server")
local task = require("pland.task")
local words = require("pland.words")
local M = {}

local between_questions = 200 -- milliseconds, about the same plan

local known = {} -- planId -> status
local partly = {} -- planId -> a change told something, and the rest is being asked for
local asking = {} -- planId -> { again }
local sorted = nil
local listeners = {}
local kept = { checkpoints = {}, conflicts = {} } -- planId -> { stamp, list }

-- Called after every change, with the plan's id or nothing when all may have changed.
function M.on_change(listener)
  table.insert(listeners, listener)
end

local function fire(plan_id)
  sorted = nil
  for _, listener in ipairs(listeners) do
    local good, failure = pcall(listener, plan_id)
    if not good then
      task.report(failure)
    end
  end
end

-- Newest first.
function M.list()
  if not sorted then
    sorted = vim.tbl_values(known)
    table.sort(sorted, function(a, b)
      return a.planId > b.planId
    end)
  end
  return sorted
end

-- The newest plan of each file, without child plans. What else there is was replaced by it.
function M.current()
  local files, found = {}, {}
  for _, plan in ipairs(M.list()) do
    local file = plan.uri or plan.planId
    if not plan.parentPlanId and not files[file] then
      files[file] = true
      table.insert(found, plan)
    end
  end
  return found
end

function M.get(plan_id)
  return known[plan_id]
end

-- The child plan that a subplan with subplans of its own is: its id is the subplan's.
function M.child(subplan_id)
  local plan = known[subplan_id]
  return plan and plan.parentPlanId and plan or nil
end

function M.root_of(plan)
  while plan.parentPlanId and known[plan.parentPlanId] do
    plan = known[plan.parentPlanId]
  end
  return plan
end

-- A plan and the child plans below it.
function M.with_children(plan)
  local found = { plan }
  for _, subplan in ipairs(plan.subplans) do
    local child = M.child(subplan.subplanId)
    if child then
      vim.list_extend(found, M.with_children(child))
    end
  end
  return found
end

-- The current plans, each followed by the child plans below it.
function M.families()
  local found = {}
  for _, plan in ipairs(M.current()) do
    vim.list_extend(found, M.with_children(plan))
  end
  return found
end

-- "retire-logger"; of a child plan "retire-logger:net".
function M.title(plan)
  local parent = known[plan.parentPlanId or ""]
  for _, subplan in ipairs(parent and parent.subplans or {}) do
    if subplan.subplanId == plan.planId then
      return M.title(parent) .. ":" .. subplan.name
    end
  end
  return words.short_name(plan.name)
end

function M.of_subplan(subplan_id)
  for _, plan in ipairs(M.list()) do
    for _, subplan in ipairs(plan.subplans) do
      if subplan.subplanId == subplan_id then
        return plan, subplan
      end
    end
  end
end

-- All that is known of the plan is of one moment.
function M.is_whole(plan_id)
  return not partly[plan_id]
end

local ask

-- The plans that stand above a spawn in a tree of decisions: those have subplans of their own.
local function add_parents(found, node, parent)
  for _, child in ipairs(node.children) do
    if child.planId and parent then
      found[parent] = true
    end
    add_parents(found, child, child.planId or parent)
  end
end

-- `status` tells of plans that are no child, and not which of their subplans are plans: asked for once for each.
local function find_children(plan_id)
  task.run(function()
    local good, answer = pcall(server.request, "tree", { planId = plan_id })
    if good then
      local found = {}
      add_parents(found, answer.tree, nil)
      for child in pairs(found) do
        if not known[child] then
          ask(child)
        end
      end
    elseif server.client() and not (type(answer) == "table" and type(answer.data) == "table"
      and answer.data.code == "not_found") then
      task.report(answer)
    end
  end)
end

function ask(plan_id)
  if asking[plan_id] then
    asking[plan_id].again = true
    return
  end
  local turn = { again = false }
  asking[plan_id] = turn
  local function once()
    if not server.client() then
      asking[plan_id] = nil
      return
    end
    task.run(function()
      turn.again = false
      local good, answer = pcall(server.request, "status", { planId = plan_id })
      if good and answer.planId then
        local is_new = not known[plan_id] and not answer.parentPlanId
        known[plan_id] = answer
        if is_new then
          find_children(plan_id)
        end
        if not turn.again then
          partly[plan_id] = nil
        end
        fire(plan_id)
      elseif not good and type(answer) == "table" and type(answer.data) == "table" and answer.data.code == "not_found" then
        known[plan_id], partly[plan_id] = nil, nil
        fire(plan_id)
      end
      compat.later(function()
        if turn.again then
          return once()
        end
        asking[plan_id] = nil
      end, between_questions)
    end)
  end
  once()
end

M.refresh = ask

-- Asks for everything anew: after the server started.
function M.load(done)
  task.run(function()
    local good, answer = pcall(server.request, "status")
    if good then
      known = {}
      for _, plan in ipairs(answer.plans or { answer }) do
        known[plan.planId] = plan
      end
      partly = {}
      fire(nil)
      for _, plan in ipairs(M.current()) do
        find_children(plan.planId)
      end
    elseif server.client() then
      task.report(answer)
    end
    if done then
      done()
    end
  end)
end

local function take(change)
  local plan = known[change.planId]
  if plan and change.revision >= plan.revision then
    local before = {}
    for _, subplan in ipairs(plan.subplans) do
      before[subplan.subplanId] = subplan
    end
    local subplans = {}
    for _, child in ipairs(change.children) do
      local last = before[child.subplanId]
      if last and last.state == child.state and last.attempt == child.attempt then
        table.insert(subplans, last)
      else
        table.insert(subplans, vim.tbl_extend("keep", child, { filesChanged = last and last.filesChanged or {} }))
      end
    end
    known[change.planId] = vim.tbl_extend("force", plan, {
      revision = change.revision,
      phase = change.phase,
      state = change.state,
      subplans = subplans,
    })
    partly[change.planId] = true
    fire(change.planId)
  end
  ask(change.planId)
end

-- The list of a plan's checkpoints or conflicts, asked for when `stamp` says that it may differ. Within a task.
local function fetch(what, plan_id, stamp)
  local last = kept[what][plan_id]
  if last and last.stamp == stamp then
    return last.list
  end
  local list = server.request(what, { planId = plan_id })[what]
  kept[what][plan_id] = { stamp = stamp, list = list }
  return list
end

-- Thousands of checkpoints are no small answer: while a plan runs they are asked for only when their number is another.
local function stamp_of(what, plan_id)
  local plan = known[plan_id]
  if not plan then
    return {}
  elseif what == "checkpoints" and words.is_running(plan) then
    return plan.checkpoints
  end
  return ("%d at %d"):format(plan.checkpoints, plan.revision)
end

-- Oldest first.
function M.checkpoints(plan_id)
  return fetch("checkpoints", plan_id, stamp_of("checkpoints", plan_id))
end

function M.conflicts(plan_id)
  return fetch("conflicts", plan_id, stamp_of("conflicts", plan_id))
end

-- What is known without asking, and whether it is what would be answered now.
function M.kept(what, plan_id)
  local last = kept[what][plan_id]
  return last and last.list or {}, last ~= nil and last.stamp == stamp_of(what, plan_id)
end

-- Those of a plan with the child plans below it; without an id, of all.
function M.open_conflicts(plan_id)
  local found = {}
  local asked = plan_id and known[plan_id]
  for _, plan in ipairs(asked and M.with_children(asked) or plan_id and {} or M.families()) do
    if plan.conflicts.open > 0 then
      for _, conflict in ipairs(M.conflicts(plan.planId)) do
        if conflict.state == "open" then
          table.insert(found, conflict)
        end
      end
    end
  end
  return found
end

function M.conflict(conflict_id)
  for _, plan in ipairs(M.list()) do
    if plan.conflicts.open + plan.conflicts.resolved > 0 then
      for _, conflict in ipairs(M.conflicts(plan.planId)) do
        if conflict.conflictId == conflict_id then
          return conflict
        end
      end
    end
  end
  task.refuse("this conflict is no longer there: it was merged again, or its plan is gone.")
end

server.on("ready", function()
  M.load()
end)
server.on("gone", function()
  known, partly, asking = {}, {}, {}
  kept = { checkpoints = {}, conflicts = {} }
  fire(nil)
end)
server.on("changed", take)

return M
