-- The plan window: plans with their subplans, conflicts and checkpoints, a key for each action, kept current.
local compat = require("pland.compat")
local config = require("pland.config")
local lines_of = require("pland.window_lines")
local plans = require("pland.plans")
local scratch = require("pland.scratch")
local server = require("pland.server")
local task = require("pland.task")
local verbs = require("pland.verbs")
local M = {}

local name = "pland://plans"
local between_drawings = 100 -- milliseconds

local state = { buffer = nil, lines = {}, nodes = {}, open = {}, closed = {}, shown = {}, fetching = {}, wanted = nil }

local function is_shown()
  return state.buffer and vim.api.nvim_buf_is_valid(state.buffer) and vim.fn.bufwinid(state.buffer) ~= -1
end

-- The lists that are looked at and not known as they are now; their answers draw again.
local function fetch_missing(looked_at)
  for _, plan in ipairs(looked_at) do
    local id = plan.planId
    local wanted = {}
    if plan.conflicts.open > 0 then
      table.insert(wanted, "conflicts")
    end
    if plan.checkpoints > 0 and state.open["checkpoints/" .. id] then
      table.insert(wanted, "checkpoints")
    end
    for _, what in ipairs(wanted) do
      local _, is_current = plans.kept(what, id)
      local turn = what .. "/" .. id
      if not is_current and not state.fetching[turn] and plans.is_whole(id) then
        state.fetching[turn] = true
        task.run(function()
          local good, failure = pcall(plans[what], id)
          state.fetching[turn] = nil
          if not good then
            -- Not again by itself: the next change of the plan asks anew.
            return task.report(failure)
          end
          M.draw_soon()
        end)
      end
    end
  end
end

local function view()
  local current = plans.current()
  local checkpoints, conflicts, children = {}, {}, {}
  for _, plan in ipairs(plans.families()) do
    if plan.parentPlanId then
      children[plan.planId] = plan
    end
    checkpoints[plan.planId] = plans.kept("checkpoints", plan.planId)
    conflicts[plan.planId] = plans.kept("conflicts", plan.planId)
  end
  return {
    plans = current,
    children = children,
    checkpoints = checkpoints,
    conflicts = conflicts,
    open = state.open,
    closed = state.closed,
    shown = state.shown,
    page = config.get("checkpoints_shown"),
    now = os.time(),
    health = server.health(),
  }
end

local function line_of(key)
  for line, node in pairs(state.nodes) do
    if node.key == key then
      return line
    end
  end
end

-- Only the lines that differ are written; the cursor stays on what it was on.
function M.draw()
  if not is_shown() then
    return
  end
  local shown = view()
  local lines, nodes = lines_of.page(shown)
  local windows = vim.fn.win_findbuf(state.buffer)
  local on = {}
  for _, window in ipairs(windows) do
    local node = state.nodes[vim.api.nvim_win_get_cursor(window)[1]]
    on[window] = node and node.key
  end
  local first, gone, come = lines_of.difference(state.lines, lines)
  if gone > 0 or come > 0 then
    vim.bo[state.buffer].modifiable = true
    vim.api.nvim_buf_set_lines(state.buffer, first, first + gone, false, vim.list_slice(lines, first + 1, first + come))
    vim.bo[state.buffer].modifiable = false
    vim.bo[state.buffer].modified = false
  end
  state.lines, state.nodes = lines, nodes
  for _, window in ipairs(windows) do
    local wanted = state.wanted or on[window]
    local line = wanted and line_of(wanted)
    if line then
      vim.api.nvim_win_set_cursor(window, { line, 0 })
    end
  end
  if state.wanted and line_of(state.wanted) then
    state.wanted = nil
  end
  fetch_missing(plans.families())
end

local waiting = false

function M.draw_soon()
  if waiting or not is_shown() then
    return
  end
  waiting = true
  compat.later(function()
    waiting = false
    M.draw()
  end, between_drawings)
end

local function node_here()
  return state.nodes[vim.api.nvim_win_get_cursor(0)[1]]
end

local function leave_to_edit(file)
  -- The window before this one is where the person works.
  vim.cmd("wincmd p")
  if vim.api.nvim_get_current_buf() == state.buffer then
    vim.cmd("aboveleft split")
  end
  if file then
    vim.cmd("edit " .. vim.fn.fnameescape(file))
  end
end

local function toggle(node)
  if node.kind == "plan" or node.isPlan then
    state.closed[node.key] = not state.closed[node.key] or nil
  elseif node.kind == "more" then
    state.shown[node.planId] = (state.shown[node.planId] or config.get("checkpoints_shown")) * 5
  elseif node.foldable then
    state.open[node.key] = not state.open[node.key] or nil
  end
  M.draw()
end

local function go_to_conflict(node)
  task.run(function()
    local conflict = plans.conflict(node.conflictId)
    leave_to_edit()
    require("pland.conflicts").go_to(conflict)
  end)
end

local function enter(node)
  if node.kind == "conflict" then
    go_to_conflict(node)
  elseif node.kind == "conflicts" then
    verbs.run("conflicts", { planId = node.planId })
  elseif node.kind == "file" then
    verbs.run("diff", { subplanId = node.subplanId })
  elseif node.kind == "checkpoint" then
    verbs.run("rollback", { planId = node.planId, checkpointId = node.checkpointId, dryRun = true })
  else
    toggle(node)
  end
end

local function whole_or_part(node)
  return node.subplanId and { subplanId = node.subplanId } or { planId = node.planId }
end

local function only(kind, text, action)
  return function(node)
    if node.kind ~= kind then
      return vim.notify("pland: " .. text, vim.log.levels.WARN)
    end
    action(node)
  end
end

local function take(side)
  return only("conflict", "put the cursor on a conflict.", function(node)
    verbs.run("resolve", { conflictId = node.conflictId, resolution = side })
  end)
end

local function of_plan(verb)
  return function(node)
    verbs.run(verb, { planId = node.planId })
  end
end

-- For what a child plan does only with the plan at the top.
local function of_root(verb)
  return function(node)
    local plan = plans.get(node.planId)
    verbs.run(verb, { planId = plan and plans.root_of(plan).planId or node.planId })
  end
end

local function of_part(verb)
  return function(node)
    verbs.run(verb, whole_or_part(node))
  end
end

local keys = {
  { "<CR>", "open: fold, file, conflict, or what rolling back would do", enter },
  { "<Tab>", "fold or unfold", toggle },
  { "s", "spawn the plan: start it, or start its file anew", function(node)
    local plan = plans.get(node.planId)
    plan = plan and plans.root_of(plan)
    if plan and plan.phase == "strategize" then
      verbs.run("spawn", { planId = plan.planId })
    else
      verbs.run("spawn", { uri = plan and plan.uri })
    end
  end },
  { "S", "execute the plan: start it, or run what is left of it", of_root("execute") },
  { "o", "resume: go on after the last step that is done", of_root("resume") },
  { "B", "back to strategize: revert the plan (asks why)", of_root("revert") },
  { "x", "cancel the plan or the subplan", of_part("cancel") },
  { "r", "retry or continue the plan or the subplan", of_part("retry") },
  { "a", "apply the plan", of_root("apply") },
  { "u", "undo the plan's newest operation", of_plan("undo") },
  { "d", "diff of the plan or the subplan", of_part("diff") },
  { "l", "log: the output of the subplan", function(node)
    if not node.subplanId then
      return vim.notify("pland: put the cursor on a subplan.", vim.log.levels.WARN)
    end
    verbs.run("log", { subplanId = node.subplanId })
  end },
  { "t", "tree of the decisions of the plan or the subplan", of_part("tree") },
  { "E", "errors: what failed in the plan or the subplan, and what helps", of_part("errors") },
  { "L", "log of the plan's events", of_plan("events") },
  { "C", "checkpoint of the plan or the subplan", of_part("checkpoint") },
  { "R", "roll back to the checkpoint (asks first)", only("checkpoint", "put the cursor on a checkpoint.", function(node)
    verbs.run("rollback", { planId = node.planId, checkpointId = node.checkpointId })
  end) },
  { "p", "preview: what rolling back would do", only("checkpoint", "put the cursor on a checkpoint.", enter) },
  { "m", "merge: the conflict in a three-way diff", only("conflict", "put the cursor on a conflict.", function(node)
    task.run(function()
      require("pland.merge").open(node.conflictId)
    end)
  end) },
  { "co", "choose ours for the conflict", take("ours") },
  { "ct", "choose theirs", take("theirs") },
  { "cb", "choose both: ours, then theirs", take("both") },
  { "c0", "choose base: neither", take("base") },
  { "Q", "quickfix list of the plan's conflicts", of_plan("conflicts") },
  { "e", "edit the plan file", function(node)
    local plan = plans.get(node.planId)
    if plan and plan.uri then
      leave_to_edit(vim.uri_to_fname(plan.uri))
    end
  end },
}

local function help()
  local lines = { "Keys of the plan window", "" }
  for _, each in ipairs(keys) do
    table.insert(lines, ("  %-6s %s"):format(each[1], each[2]))
  end
  table.insert(lines, ("  %-6s %s"):format("q", "close"))
  scratch.show("pland://keys", lines, "pland-preview", 0.8)
end

local function colour()
  vim.cmd([[
    syntax match PlandTitle "\%1l^Plans"
    syntax match PlandPlan "^\S \zs\S\+"
    syntax match PlandDone "^\s*\zs[✓✔] "
    syntax match PlandRunning "^\s*\zs▶ "
    syntax match PlandFailed "^\s*\zs[✗!] "
    syntax match PlandConflict "^\s*\zs≠ "
    syntax match PlandCheckpoint "^\s*\zs◆ "
    syntax match PlandHeading "^\s\+\%(Conflicts\|Checkpoints\) (.*$"
    highlight default link PlandTitle Title
    highlight default link PlandPlan Identifier
    highlight default link PlandDone DiagnosticHint
    highlight default link PlandRunning DiagnosticInfo
    highlight default link PlandFailed DiagnosticError
    highlight default link PlandConflict DiagnosticError
    highlight default link PlandCheckpoint Special
    highlight default link PlandHeading Type
  ]])
end

local function make()
  state.buffer = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_name(state.buffer, name)
  vim.bo[state.buffer].bufhidden = "hide"
  vim.bo[state.buffer].modifiable = false
  vim.bo[state.buffer].filetype = "pland"
  state.lines, state.nodes = { "" }, {}
  vim.api.nvim_buf_call(state.buffer, colour)
  local function map(lhs, text, action)
    vim.keymap.set("n", lhs, action, { buffer = state.buffer, nowait = true, desc = "pland: " .. text })
  end
  for _, each in ipairs(keys) do
    map(each[1], each[2], function()
      local node = node_here()
      if node then
        each[3](node)
      end
    end)
  end
  map("g?", "keys", help)
  map("q", "close", function()
    local good = pcall(vim.cmd, "close")
    if not good then
      vim.cmd("enew")
    end
  end)
  vim.api.nvim_create_autocmd("BufWinEnter", { buffer = state.buffer, callback = M.draw_soon })
end

-- argument: { planId?, subplanId?, checkpoints? } says where the cursor goes and what is unfolded.
function M.open(argument)
  if not state.buffer or not vim.api.nvim_buf_is_valid(state.buffer) then
    make()
  end
  local window = vim.fn.bufwinid(state.buffer)
  if window ~= -1 then
    vim.api.nvim_set_current_win(window)
  else
    vim.cmd("botright split")
    vim.api.nvim_win_set_buf(0, state.buffer)
    vim.wo.wrap = false
    vim.wo.number = false
    vim.wo.relativenumber = false
    vim.wo.cursorline = true
    vim.wo.signcolumn = "no"
    vim.wo.winfixheight = true
    vim.wo.foldenable = false
  end
  if argument.subplanId then
    state.wanted = "subplan/" .. argument.subplanId
  elseif argument.planId then
    local kind = plans.child(argument.planId) and "subplan/" or "plan/"
    state.closed[kind .. argument.planId] = nil
    state.wanted = (argument.checkpoints and "checkpoints/" or kind) .. argument.planId
    if argument.checkpoints then
      state.open["checkpoints/" .. argument.planId] = true
    end
  end
  M.draw()
end

-- What stands at a line: for tests and other plugins.
function M.node(line)
  return state.nodes[line]
end

plans.on_change(M.draw_soon)

return M
