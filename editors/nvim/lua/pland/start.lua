-- What has to be there before the first file or command: loaded when it comes.
local M = {}

local started = false

function M.once()
  if started then
    return
  end
  started = true
  require("pland.notices").start()
  require("pland.conflicts").start()
  if vim.lsp.config and vim.lsp.enable then
    vim.lsp.enable(require("pland.server").name)
  end
end

return M
