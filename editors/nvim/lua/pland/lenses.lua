-- Code lenses of plan files, kept current: the states of subplans are read there.
local compat = require("pland.compat")
local config = require("pland.config")
local project = require("pland.project")
local server = require("pland.server")
local M = {}

local watched = {}

-- Neovim before 0.12 asks for lenses when it is told to. Its own refresh() asks never again for a buffer when the
-- server died before it answered, so the question is ours and the rest is Neovim's.
local function ask(buffer)
  local client = server.client()
  if not client or not vim.api.nvim_buf_is_loaded(buffer) or not vim.lsp.buf_is_attached(buffer, client.id) then
    return
  end
  local params = { textDocument = { uri = vim.uri_from_bufnr(buffer) } }
  compat.request(client, "textDocument/codeLens", params, function(failure, result, context, settings)
    if failure or not vim.api.nvim_buf_is_loaded(buffer) then
      return
    end
    context.bufnr = buffer
    M.clear_drawn(buffer, client.id)
    vim.lsp.codelens.on_codelens(nil, result or {}, context, settings)
  end, buffer)
end

local function namespace_of(id)
  local known = vim.lsp.codelens.__namespaces
  return known and known[id]
end

function M.clear_drawn(buffer, id)
  local namespace = namespace_of(id)
  if namespace and vim.api.nvim_buf_is_valid(buffer) then
    vim.api.nvim_buf_clear_namespace(buffer, namespace, 0, -1)
  end
end

local pending = {}

-- At most one question at a time and buffer while a burst of changes comes in.
function M.refresh(buffer)
  if compat.has_lens_capability or not config.get("lenses") or pending[buffer] then
    return
  end
  pending[buffer] = true
  compat.later(function()
    pending[buffer] = nil
    ask(buffer)
  end, 50)
end

function M.refresh_all()
  for buffer in pairs(watched) do
    M.refresh(buffer)
  end
end

function M.watch(buffer)
  if not config.get("lenses") or not project.is_plan(vim.api.nvim_buf_get_name(buffer)) then
    return
  end
  if compat.has_lens_capability then
    return vim.lsp.codelens.enable(true, { bufnr = buffer })
  end
  if not watched[buffer] then
    watched[buffer] = true
    local group = vim.api.nvim_create_augroup("pland_lenses_" .. buffer, {})
    vim.api.nvim_create_autocmd({ "BufEnter", "CursorHold", "InsertLeave", "TextChanged" }, {
      group = group,
      buffer = buffer,
      callback = function()
        M.refresh(buffer)
      end,
    })
    vim.api.nvim_create_autocmd("BufUnload", {
      group = group,
      buffer = buffer,
      callback = function()
        watched[buffer] = nil
        vim.schedule(function()
          pcall(vim.api.nvim_del_augroup_by_id, group)
        end)
      end,
    })
  end
  M.refresh(buffer)
end

-- The lenses of a server that is gone.
function M.forget(id)
  if compat.has_lens_capability then
    return
  end
  for buffer in pairs(watched) do
    if vim.api.nvim_buf_is_loaded(buffer) then
      M.clear_drawn(buffer, id)
      vim.lsp.codelens.save({}, buffer, id)
    end
  end
end

server.on("ready", M.refresh_all)

return M
