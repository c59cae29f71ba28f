-- What differs between Neovim 0.7 and the newest.
local M = {}

M.uv = vim.uv or vim.loop

local methods = vim.fn.has("nvim-0.11") == 1

function M.request(client, method, params, handler, buffer)
  if methods then
    return client:request(method, params, handler, buffer)
  end
  return client.request(method, params, handler, buffer)
end

function M.request_sync(client, method, params, timeout, buffer)
  if methods then
    return client:request_sync(method, params, timeout, buffer)
  end
  return client.request_sync(method, params, timeout, buffer)
end

function M.notify(client, method, params)
  if methods then
    return client:notify(method, params)
  end
  return client.notify(method, params)
end

function M.stop(client, force)
  if methods then
    return client:stop(force)
  end
  return client.stop(force)
end

function M.is_stopped(client)
  if methods then
    return client:is_stopped()
  end
  return client.is_stopped()
end

-- Code lenses that Neovim keeps current by itself.
M.has_lens_capability = vim.lsp.codelens.enable ~= nil

-- Neovim runs what is still due after its windows and lists are gone, and can hang in it.
function M.is_exiting()
  return vim.v.exiting ~= nil and vim.v.exiting ~= vim.NIL
end

-- vim.defer_fn, but not after Neovim has begun to end.
function M.later(work, milliseconds)
  vim.defer_fn(function()
    if not M.is_exiting() then
      work()
    end
  end, milliseconds)
end

-- vim.fs.realpath is 0.10's.
function M.realpath(path)
  return M.uv.fs_realpath(path) or path
end

-- vim.fn.confirm, after which the next message does not wait for <CR>.
function M.confirm(...)
  local choice = vim.fn.confirm(...)
  vim.cmd("redraw")
  return choice
end

-- The loaded buffer of a file, by whatever name it was reached. bufnr() would take the name for a pattern.
function M.loaded_buffer(file)
  local wanted = M.realpath(file)
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_is_loaded(buffer) and vim.bo[buffer].buftype == "" then
      local name = vim.api.nvim_buf_get_name(buffer)
      if name == file or (name ~= "" and M.realpath(name) == wanted) then
        return buffer
      end
    end
  end
end

return M
