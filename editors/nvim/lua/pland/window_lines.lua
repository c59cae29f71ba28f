-- The plan window's text. Pure: what is known in, lines and what each stands for out.
local words = require("pland.words")
local M = {}

local signs = {
  queued = "·",
  processing = "▶",
  complete = "✓",
  errored = "✗",
  cancelled = "◼",
  applied = "✔",
  constrained = "!",
}

local function sign(state)
  return signs[state] or "·"
end

local function one_line(text)
  return (tostring(text):gsub("%c+", " "))
end

local Page = {}
Page.__index = Page

function Page:add(depth, text, node)
  table.insert(self.lines, ("  "):rep(depth) .. one_line(text))
  self.nodes[#self.lines] = node
end

local add_parts

-- depth: how deep its plan's parts stand.
local function add_subplan(page, plan, subplan, view, depth)
  local child = view.children[subplan.subplanId]
  local files = subplan.filesChanged or {}
  local key = "subplan/" .. subplan.subplanId
  local reason = ""
  if subplan.state == "errored" and type(subplan.error) == "string" and not child then
    reason = "  " .. subplan.error:match("^[^\n]*")
  end
  local text = child and subplan.state ~= "queued" and words.plan_text(child) or words.subplan_text(subplan)
  page:add(depth, ("%s %s  %s%s"):format(sign(subplan.state), subplan.name, text, reason), {
    kind = "subplan", key = key, planId = plan.planId, subplanId = subplan.subplanId, isPlan = child ~= nil,
    foldable = #files > 0,
  })
  if child then
    if not view.closed[key] then
      add_parts(page, child, view, depth + 1)
    end
  elseif view.open[key] then
    for _, path in ipairs(files) do
      page:add(depth + 2, path, {
        kind = "file", key = key .. "/" .. path, planId = plan.planId, subplanId = subplan.subplanId, path = path,
      })
    end
  end
end

local function add_conflicts(page, plan, conflicts, depth)
  page:add(depth, ("Conflicts (%d open)"):format(plan.conflicts.open), {
    kind = "conflicts", key = "conflicts/" .. plan.planId, planId = plan.planId,
  })
  for _, conflict in ipairs(conflicts) do
    if conflict.state == "open" then
      page:add(depth + 1, ("≠ %s  %s"):format(conflict.path, words.conflict_text(conflict)), {
        kind = "conflict", key = "conflict/" .. conflict.conflictId, planId = plan.planId,
        conflictId = conflict.conflictId,
      })
    end
  end
end

local function add_checkpoints(page, plan, view, depth)
  local key = "checkpoints/" .. plan.planId
  local all = view.checkpoints[plan.planId] or {}
  local is_open = view.open[key]
  page:add(depth, ("Checkpoints (%d)%s"):format(plan.checkpoints, is_open and "" or " …"), {
    kind = "checkpoints", key = key, planId = plan.planId, foldable = true,
  })
  if not is_open then
    return
  end
  local shown = view.shown[plan.planId] or view.page
  -- The newest first.
  for index = #all, math.max(1, #all - shown + 1), -1 do
    local checkpoint = all[index]
    page:add(depth + 1, ("◆ %s  %s"):format(checkpoint.label, words.checkpoint_text(checkpoint, view.now)), {
      kind = "checkpoint", key = "checkpoint/" .. checkpoint.checkpointId, planId = plan.planId,
      checkpointId = checkpoint.checkpointId,
    })
  end
  if #all > shown then
    page:add(depth + 1, ("… %d more"):format(#all - shown), { kind = "more", key = "more/" .. plan.planId, planId = plan.planId })
  end
end

function add_parts(page, plan, view, depth)
  for _, subplan in ipairs(plan.subplans) do
    add_subplan(page, plan, subplan, view, depth)
  end
  if plan.conflicts.open > 0 then
    add_conflicts(page, plan, view.conflicts[plan.planId] or {}, depth)
  end
  if plan.checkpoints > 0 then
    add_checkpoints(page, plan, view, depth)
  end
end

local function add_plan(page, plan, view)
  local key = "plan/" .. plan.planId
  local started = plan.phase ~= "strategize" or plan.state ~= "complete"
  page:add(0, ("%s %s  %s"):format(sign(started and plan.state or "queued"), plan.name, words.plan_text(plan)), {
    kind = "plan", key = key, planId = plan.planId, uri = plan.uri, foldable = true,
  })
  if view.closed[key] then
    return
  end
  if type(plan.error) == "string" and plan.state == "errored" and plan.conflicts.open == 0 then
    page:add(1, plan.error:match("^[^\n]*"), { kind = "plan", key = key .. "/error", planId = plan.planId, uri = plan.uri })
  end
  add_parts(page, plan, view, 1)
end

-- view: { plans, children = {planId = child plan}, conflicts = {planId = list}, checkpoints = {planId = list}, open = {key = true}, closed = {key = true},
-- shown = {planId = number}, page, now, health }. Answers the lines and, by line number, { kind, key, planId, ... }.
function M.page(view)
  local page = setmetatable({ lines = {}, nodes = {} }, Page)
  page:add(0, "Plans" .. (view.health == "running" and "" or "  (the server: " .. view.health .. ")") .. "   g? helps", nil)
  if #view.plans == 0 then
    page:add(0, "", nil)
    if view.health == "running" or view.health == "starting" then
      page:add(0, "No plan has run here yet. Open a plan file and :Pland spawn, or write one: :Pland new", nil)
    else
      page:add(0, "The server does not run: open a plan file, or :Pland restart", nil)
    end
  end
  for _, plan in ipairs(view.plans) do
    page:add(0, "", nil)
    add_plan(page, plan, view)
  end
  return page.lines, page.nodes
end

-- Where two lists of lines differ: the first line from 0, and how many lines of each.
function M.difference(old, new)
  local first = 0
  local least = math.min(#old, #new)
  while first < least and old[first + 1] == new[first + 1] do
    first = first + 1
  end
  local same = 0
  while same < least - first and old[#old - same] == new[#new - same] do
    same = same + 1
  end
  return first, #old - first - same, #new - first - same
end

return M
