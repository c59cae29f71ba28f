-- A conflict in a three-way diff: ours | the result being edited | theirs, in a tab page of its own. Writing the
-- result resolves the conflict; the person's own file is not touched.
local compat = require("pland.compat")
local conflicts = require("pland.conflicts")
local plans = require("pland.plans")
local scratch = require("pland.scratch")
local server = require("pland.server")
local task = require("pland.task")
local texts_of = require("pland.merge_texts")
local words = require("pland.words")
local M = {}

local resolve_timeout = 30000

local open = {} -- conflict id -> { tab, result }

local function name_of(part, conflict)
  return ("pland-merge://%s/%s/%s"):format(conflict.conflictId, part, conflict.path)
end

local function buffer_named(name)
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_get_name(buffer) == name then
      return buffer
    end
  end
end

-- The person's file as it is now: the buffer's text where it is loaded.
local function text_now(uri)
  local file = vim.uri_to_fname(uri)
  local buffer = compat.loaded_buffer(file)
  if buffer then
    local ends = vim.bo[buffer].fileformat == "dos" and "\r\n" or "\n"
    local text = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), ends)
    return vim.bo[buffer].endofline and text ~= "" and text .. ends or text
  end
  local handle = io.open(file, "rb")
  if not handle then
    return nil
  end
  local text = handle:read("*a")
  handle:close()
  return text
end

local function fill(buffer, text, eol)
  local plain = eol == "\r\n" and text:gsub("\r\n", "\n") or text
  local ended = plain == "" or plain:sub(-1) == "\n"
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, scratch.lines(plain))
  vim.bo[buffer].fileformat = eol == "\r\n" and "dos" or "unix"
  vim.bo[buffer].fixendofline = false
  vim.bo[buffer].endofline = ended
end

local function read(buffer, eol)
  local lines = vim.api.nvim_buf_get_lines(buffer, 0, -1, false)
  if #lines == 1 and lines[1] == "" then
    return ""
  end
  return table.concat(lines, eol) .. (vim.bo[buffer].endofline and eol or "")
end

local function make(part, conflict, text, eol)
  local buffer = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_name(buffer, name_of(part, conflict))
  vim.bo[buffer].swapfile = false
  vim.bo[buffer].bufhidden = "hide"
  local undolevels = vim.bo[buffer].undolevels
  vim.bo[buffer].undolevels = -1
  fill(buffer, text, eol)
  vim.bo[buffer].undolevels = undolevels
  vim.bo[buffer].buftype = part == "result" and "acwrite" or "nofile"
  vim.bo[buffer].modifiable = part == "result"
  vim.bo[buffer].modified = false
  return buffer
end

-- The colours of the file's language, without its plugins' side effects on a text that is no file.
local function colour(buffer, path)
  local filetype = nil
  if vim.filetype and vim.filetype.match and vim.fn.has("nvim-0.8") == 1 then
    filetype = vim.filetype.match({ filename = path })
  end
  if filetype then
    vim.bo[buffer].syntax = filetype
  end
end

local function close(merge)
  open[merge.conflict.conflictId] = nil
  if vim.api.nvim_tabpage_is_valid(merge.tab) and #vim.api.nvim_list_tabpages() > 1 then
    pcall(vim.cmd, "tabclose " .. vim.api.nvim_tabpage_get_number(merge.tab))
  end
  for _, buffer in pairs(merge.buffers) do
    if vim.api.nvim_buf_is_valid(buffer) then
      vim.api.nvim_buf_delete(buffer, { force = true })
    end
  end
end

local function write(merge)
  local conflict, texts, buffer = merge.conflict, merge.texts, merge.buffers.result
  local text = read(buffer, texts.eol)
  if texts_of.has_markers(text) then
    error({ message = conflict.path .. " still has conflict markers, so nothing was resolved." }, 0)
  end
  local pieces = texts_of.merged(texts, text)
  if not pieces then
    error({
      message = conflict.path .. " was changed outside of the conflict, which a resolution cannot hold. "
        .. "Nothing was resolved; make that change in your own file.",
    }, 0)
  end
  local left = 0
  for order, content in ipairs(pieces) do
    local answer, failure = server.request_now("resolve", {
      conflictId = conflict.conflictId,
      hunk = texts.hunks[order] - 1,
      resolution = "manual",
      content = content,
    }, resolve_timeout)
    if not answer then
      error({ message = failure }, 0)
    end
    left = answer.open
  end
  vim.bo[buffer].modified = false
  plans.refresh(conflict.planId)
  local rest = left == 0 and "No conflict is left." or words.count(left, "conflict") .. " left."
  vim.notify(("pland: resolved %s. %s"):format(conflict.path, rest))
  compat.later(function()
    close(merge)
  end, 0)
end

local function show_base(merge)
  local buffer = merge.buffers.base
  local window = vim.fn.bufwinid(buffer)
  if window ~= -1 then
    return vim.api.nvim_win_close(window, true)
  end
  local here = vim.api.nvim_get_current_win()
  vim.cmd("botright split")
  vim.api.nvim_win_set_buf(0, buffer)
  vim.cmd("diffthis")
  vim.api.nvim_set_current_win(here)
end

-- The lines (from 0) of the conflict markers around the cursor: the first, the one in the middle, the last.
local function block_here(lines)
  local at = vim.api.nvim_win_get_cursor(0)[1]
  local first, middle = nil, nil
  for number, line in ipairs(lines) do
    if line:match("^<<<<<<< ") then
      if number > at then
        return nil
      end
      first, middle = number - 1, nil
    elseif first and not middle and line == "=======" then
      middle = number - 1
    elseif middle and line:match("^>>>>>>> ") then
      if number >= at then
        return first, middle, number - 1
      end
      first, middle = nil, nil
    end
  end
end

-- Puts one side in the place of the conflict markers at the cursor: a diff may see a block in several pieces, and
-- :diffget would take one of them. Answers whether there were markers.
local function take_block(merge, part)
  local result = merge.buffers.result
  local lines = vim.api.nvim_buf_get_lines(result, 0, -1, false)
  local first, middle, last = block_here(lines)
  if not first then
    return false
  end
  local sides = {
    ours = vim.list_slice(lines, first + 2, middle),
    theirs = vim.list_slice(lines, middle + 2, last),
  }
  local function plain(text)
    return text == "" and {} or scratch.lines((text:gsub("\r\n", "\n")))
  end
  for _, hunk in ipairs(merge.conflict.hunks) do
    if vim.deep_equal(plain(hunk.ours.text), sides.ours) and vim.deep_equal(plain(hunk.theirs.text), sides.theirs) then
      sides.base = plain(hunk.base.text)
    end
  end
  if not sides[part] then
    return false
  end
  vim.api.nvim_buf_set_lines(result, first, last + 1, false, sides[part])
  return true
end

local help = "d2o takes ours, d3o theirs, d1o base; gb shows base; ]c [c move; :w resolves; :tabclose leaves"

local function add_keys(merge)
  local result = merge.buffers.result
  local function take(part)
    return function()
      if take_block(merge, part) then
        return vim.cmd("diffupdate")
      elseif part == "base" and vim.fn.bufwinid(merge.buffers.base) == -1 then
        show_base(merge)
      end
      vim.cmd("diffget " .. merge.buffers[part])
    end
  end
  local function map(buffer, keys, action, text)
    vim.keymap.set("n", keys, action, { buffer = buffer, desc = "pland: " .. text })
  end
  map(result, "d1o", take("base"), "take base")
  map(result, "d2o", take("ours"), "take ours")
  map(result, "d3o", take("theirs"), "take theirs")
  for _, buffer in pairs(merge.buffers) do
    map(buffer, "gb", function()
      show_base(merge)
    end, "show or hide base")
    map(buffer, "g?", function()
      vim.api.nvim_echo({ { "pland: " .. help } }, false, {})
    end, "keys of the three-way diff")
  end
end

local function title(window, text)
  local plain = " " .. text:gsub("%%", "%%%%") .. " "
  if vim.fn.exists("+winbar") == 1 then
    vim.wo[window].winbar = plain
  else
    vim.wo[window].statusline = plain .. "%m%=%l/%L "
  end
end

-- Within a task.
function M.open(conflict_id)
  local known = open[conflict_id]
  if known and vim.api.nvim_tabpage_is_valid(known.tab) then
    return vim.api.nvim_set_current_tabpage(known.tab)
  end
  local conflict = plans.conflict(conflict_id)
  if conflict.state == "resolved" then
    task.refuse(("the conflict in %s is already resolved."):format(conflict.path))
  elseif #conflict.hunks == 0 then
    task.refuse(conflict.path .. ": this conflict is not about lines of text, so take one of its sides: :Pland resolve.")
  end
  local texts = texts_of.texts(conflict, text_now(conflict.uri), conflicts.places(conflict))
  local merge = { conflict = conflict, texts = texts, buffers = {} }
  for _, part in ipairs({ "ours", "result", "theirs", "base" }) do
    local old = buffer_named(name_of(part, conflict))
    if old then
      vim.api.nvim_buf_delete(old, { force = true })
    end
    merge.buffers[part] = make(part, conflict, texts[part], texts.eol)
  end

  vim.cmd("tab split")
  merge.tab = vim.api.nvim_get_current_tabpage()
  local ours_name = conflict.subplanId and conflict.ours or "your text"
  local function pane(part, text)
    local window = vim.api.nvim_get_current_win()
    vim.api.nvim_win_set_buf(window, merge.buffers[part])
    title(window, text)
    vim.cmd("diffthis")
    colour(merge.buffers[part], conflict.path)
    return window
  end
  local ours = pane("ours", "ours: " .. ours_name)
  vim.cmd("rightbelow vsplit")
  local result = pane("result", "result: :w resolves, g? helps")
  vim.cmd("rightbelow vsplit")
  pane("theirs", "theirs: " .. conflict.theirs)
  vim.api.nvim_set_current_win(ours)
  vim.cmd("wincmd =")
  vim.api.nvim_set_current_win(result)
  merge.window = result
  open[conflict_id] = merge
  add_keys(merge)
  vim.fn.search("^<<<<<<< ", "cw")

  local group = vim.api.nvim_create_augroup("pland_merge_" .. conflict_id, {})
  vim.api.nvim_create_autocmd("BufWriteCmd", {
    group = group,
    buffer = merge.buffers.result,
    callback = function()
      local good, failure = pcall(write, merge)
      if not good then
        task.report(failure)
      end
    end,
  })
  vim.api.nvim_create_autocmd("WinClosed", {
    group = group,
    pattern = tostring(result),
    once = true,
    callback = function()
      compat.later(function()
        pcall(vim.api.nvim_del_augroup_by_id, group)
        if open[conflict_id] == merge then
          close(merge)
        end
      end, 0)
    end,
  })
end

-- The buffers of a conflict's three-way diff, when it is open.
function M.find(conflict_id)
  return open[conflict_id] and open[conflict_id].buffers
end

return M
