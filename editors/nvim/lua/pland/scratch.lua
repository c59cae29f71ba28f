-- Read-only buffers: diffs, outputs, previews. `q` closes them.
local M = {}

function M.lines(text)
  local lines = vim.split(text, "\n", { plain = true })
  if lines[#lines] == "" and #lines > 1 then
    table.remove(lines)
  end
  return lines
end

-- Fills the buffer of that name, making it when there is none.
function M.fill(name, lines, filetype)
  local buffer = nil
  for _, each in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_get_name(each) == name then
      buffer = each
    end
  end
  if not buffer then
    buffer = vim.api.nvim_create_buf(false, true)
    vim.api.nvim_buf_set_name(buffer, name)
  end
  vim.bo[buffer].buftype = "nofile"
  vim.bo[buffer].bufhidden = "wipe"
  vim.bo[buffer].swapfile = false
  vim.bo[buffer].modifiable = true
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
  vim.bo[buffer].modifiable = false
  vim.bo[buffer].modified = false
  if vim.bo[buffer].filetype ~= filetype then
    vim.bo[buffer].filetype = filetype
  end
  return buffer
end

-- Closes the window, and leaves the others as they were before it came.
local function closer(from, sizes)
  return function()
    if not pcall(vim.cmd, "close") then
      return vim.cmd("enew")
    end
    if vim.api.nvim_win_is_valid(from) then
      vim.api.nvim_set_current_win(from)
      vim.cmd(sizes)
    end
  end
end

-- Shows it in a window of its own, and puts the cursor there. share: how much of the screen it may take.
function M.show(name, lines, filetype, share)
  local from, sizes = vim.api.nvim_get_current_win(), vim.fn.winrestcmd()
  local buffer = M.fill(name, lines, filetype)
  local window = vim.fn.bufwinid(buffer)
  if window ~= -1 then
    vim.api.nvim_set_current_win(window)
    return buffer
  end
  vim.cmd("botright split")
  vim.api.nvim_win_set_buf(0, buffer)
  vim.api.nvim_win_set_height(0, math.max(3, math.min(#lines, math.floor(vim.o.lines * (share or 0.6)))))
  vim.keymap.set("n", "q", closer(from, sizes), { buffer = buffer, nowait = true, desc = "pland: close" })
  return buffer
end

return M
