-- A plan file comes with the project, and its commands run with the person's rights. Before the first run of each text
-- of a plan file the person is asked once. What was allowed is kept in Neovim's own trust database (see :help :trust)
-- where there is one and the file is open; else in a file of ours.
local commands_of = require("pland.commands_of")
local compat = require("pland.compat")
local config = require("pland.config")
local M = {}

local most_remembered = 500
local most_shown = 8
local longest = 90

local function state_folder()
  return vim.fn.has("nvim-0.8") == 1 and vim.fn.stdpath("state") or vim.fn.stdpath("data")
end

-- Hashes of texts and ids of plans, a line each, the newest last.
function M.memory_file()
  return state_folder() .. "/pland-approved"
end

local function remembered()
  local file = M.memory_file()
  return vim.fn.filereadable(file) == 1 and vim.fn.readfile(file) or {}
end

local function knows(what)
  return vim.tbl_contains(remembered(), what)
end

-- Remembers the hash of a text or the id of a plan.
function M.remember(what)
  local all = remembered()
  if vim.tbl_contains(all, what) then
    return
  end
  table.insert(all, what)
  vim.fn.mkdir(state_folder(), "p")
  if vim.fn.writefile(vim.list_slice(all, math.max(1, #all - most_remembered + 1)), M.memory_file()) ~= 0 then
    vim.notify("pland: cannot write " .. M.memory_file() .. ", so you will be asked again.", vim.log.levels.WARN)
  end
end

-- The buffer's text as the file would hold it, byte for byte as `:trust` sees it.
local function text_of_buffer(buffer)
  local newline = vim.bo[buffer].fileformat == "unix" and "\n" or "\r\n"
  local text = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), newline)
  return vim.bo[buffer].endofline and text .. newline or text
end

-- What the file says now, unsaved edits included; nothing when it is not there.
local function text_now(file, buffer)
  if buffer then
    return text_of_buffer(buffer)
  end
  local handle = io.open(file, "rb")
  local text = handle and handle:read("*a")
  if handle then
    handle:close()
  end
  return text
end

-- "allowed", "denied" or nothing: what `:trust` was told of the file with this text.
local function by_neovim(file, text)
  local database = vim.secure and state_folder() .. "/trust"
  if not database or vim.fn.filereadable(database) == 0 then
    return nil
  end
  local path = compat.realpath(file)
  for _, line in ipairs(vim.fn.readfile(database)) do
    local hash, name = line:match("^(%S+) (.+)$")
    if name == path then
      return hash == "!" and "denied" or hash == vim.fn.sha256(text) and "allowed" or nil
    end
  end
end

local function print_of(file, text)
  return vim.fn.sha256(vim.uri_from_fname(file) .. "\n" .. text)
end

local function allow(file, buffer, text)
  if vim.secure and buffer and vim.secure.trust({ action = "allow", bufnr = buffer }) then
    return
  end
  M.remember(print_of(file, text))
end

local function shortened(command)
  -- Blanks could push what matters out of sight.
  local line = command:gsub("%s+", " ")
  return vim.fn.strchars(line) > longest and vim.fn.strcharpart(line, 0, longest - 3) .. "..." or line
end

local function question(file, text)
  local lines = { ("Run the commands of %s? They come with this project."):format(vim.fn.fnamemodify(file, ":~:.")) }
  local commands = commands_of.commands(text)
  for index = 1, math.min(#commands, most_shown) do
    table.insert(lines, "  " .. shortened(commands[index]))
  end
  if #commands > most_shown then
    table.insert(lines, ("  and %d more"):format(#commands - most_shown))
  end
  table.insert(lines, "Commands run in copies of your files, but with all your rights. You are asked again when the file changes.")
  return table.concat(lines, "\n")
end

local function refused(file)
  local text = "nothing was run."
  if #vim.api.nvim_list_uis() == 0 then
    text = ('nobody is here to be asked whether the commands of %s may run: vim.g.pland = { confirm_commands = "never" } '
      .. "runs plan files without asking."):format(vim.fn.fnamemodify(file, ":~:."))
  end
  vim.notify("pland: " .. text, vim.log.levels.WARN)
  return false
end

-- Whether the commands of a plan file may run; asks when this text of it was never allowed here.
function M.approved(file)
  if config.get("confirm_commands") == "never" then
    return true
  end
  while true do
    local buffer = compat.loaded_buffer(file)
    local text = text_now(file, buffer)
    if not text then
      -- The server says better than we what is wrong with a file that is not there.
      return true
    end
    local told = by_neovim(file, text)
    if told == "denied" then
      vim.notify(("pland: nothing was run: %s is denied. :trust ++remove takes that back."):format(
        vim.fn.fnamemodify(file, ":~:.")), vim.log.levels.WARN)
      return false
    elseif told == "allowed" or knows(print_of(file, text)) then
      return true
    end
    local choice = compat.confirm(question(file, text), "&Run\n&Show File\n&Leave it", 3, "Warning")
    if choice == 2 then
      vim.cmd("split " .. vim.fn.fnameescape(file))
    end
    if choice ~= 1 then
      return refused(file)
    end
    -- What was read is what may run: the text may be another by now.
    buffer = compat.loaded_buffer(file)
    if text_now(file, buffer) == text then
      allow(file, buffer, text)
      return true
    end
  end
end

-- The same for a plan that is there already: one that was allowed may go on, whatever its file says by now.
function M.approved_plan(plan)
  if not plan or knows(plan.planId) then
    return true
  end
  if plan.uri and not M.approved(vim.uri_to_fname(plan.uri)) then
    return false
  end
  M.remember(plan.planId)
  return true
end

return M
