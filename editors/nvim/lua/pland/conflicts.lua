-- Where conflicts are now, and the quickfix list of them.
local compat = require("pland.compat")
local plans = require("pland.plans")
local task = require("pland.task")
local words = require("pland.words")
local M = {}

local title = "pland conflicts"

function M.data_of(diagnostic)
  local lsp = diagnostic.user_data and diagnostic.user_data.lsp
  return diagnostic.source == "pland" and lsp and lsp.data or nil
end

-- The server's diagnostics stand where a conflict's hunks are in the text as it is now.
function M.diagnostics(conflict_id)
  return vim.tbl_filter(function(diagnostic)
    local data = M.data_of(diagnostic)
    return data ~= nil and data.conflictId == conflict_id
  end, vim.diagnostic.get(nil, { severity = vim.diagnostic.severity.ERROR }))
end

-- Lines (from 0) of the hunks, by their index from 1.
function M.places(conflict)
  local places = {}
  for _, diagnostic in ipairs(M.diagnostics(conflict.conflictId)) do
    local data = M.data_of(diagnostic)
    places[(data.hunk or 0) + 1] = diagnostic.lnum
  end
  return places
end

-- The conflict whose lines the cursor is on.
function M.at_cursor()
  local line = vim.api.nvim_win_get_cursor(0)[1] - 1
  for _, diagnostic in ipairs(vim.diagnostic.get(0)) do
    local data = M.data_of(diagnostic)
    if data and data.conflictId and diagnostic.lnum <= line and line <= (diagnostic.end_lnum or diagnostic.lnum) then
      return data.conflictId, data.hunk
    end
  end
end

local function entries_of(conflict)
  local text = ("%s: %s"):format(conflict.path, words.conflict_text(conflict))
  local entries = {}
  for _, diagnostic in ipairs(M.diagnostics(conflict.conflictId)) do
    table.insert(entries, {
      bufnr = diagnostic.bufnr,
      lnum = diagnostic.lnum + 1,
      col = diagnostic.col + 1,
      type = "E",
      text = text,
    })
  end
  if #entries == 0 then
    local first = conflict.hunks[1]
    local line = first and first.base.lines.start + 1 or 1
    table.insert(entries, { filename = vim.uri_to_fname(conflict.uri), lnum = line, col = 1, type = "E", text = text })
  end
  return entries
end

local function items_of(conflicts)
  local items = {}
  for _, conflict in ipairs(conflicts) do
    vim.list_extend(items, entries_of(conflict))
  end
  return items
end

-- Fills and opens the quickfix list. Within a task.
function M.list(plan_id)
  local open = plans.open_conflicts(plan_id)
  if #open == 0 then
    M.update()
    return vim.notify("pland: there is no open conflict.")
  end
  vim.fn.setqflist({}, " ", { title = title, items = items_of(open), context = { pland = true, plan = plan_id } })
  vim.cmd("botright copen")
end

local updating = false

-- A list of conflicts that is still the current one follows the conflicts.
function M.update()
  local list = vim.fn.getqflist({ context = 1, title = 1, id = 0, idx = 0 })
  if updating or type(list.context) ~= "table" or not list.context.pland then
    return
  end
  updating = true
  -- Diagnostics come a little after the plan's change.
  compat.later(function()
    updating = false
    task.run(function()
      local open = plans.open_conflicts(list.context.plan)
      local now = vim.fn.getqflist({ id = list.id, title = 1 })
      if now.id == list.id then
        vim.fn.setqflist({}, "r", { id = list.id, title = title, items = items_of(open), context = list.context })
      end
    end)
  end, 200)
end

-- Puts the cursor on it.
function M.go_to(conflict)
  local entry = entries_of(conflict)[1]
  vim.cmd("normal! m'")
  if entry.bufnr then
    vim.bo[entry.bufnr].buflisted = true
    vim.api.nvim_win_set_buf(0, entry.bufnr)
  else
    vim.cmd("edit " .. vim.fn.fnameescape(entry.filename))
  end
  local last = vim.api.nvim_buf_line_count(0)
  vim.api.nvim_win_set_cursor(0, { math.min(entry.lnum, last), entry.col - 1 })
end

function M.start()
  plans.on_change(M.update)
end

return M
