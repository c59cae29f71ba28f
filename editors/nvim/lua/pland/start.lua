-- What has to be there before the first file or command: loaded when it comes.
local compat = require("pland.compat")
local M = {}

local started = false

-- A status line is drawn again when something else changes; plans change by themselves.
local function follow_in_status_line()
  local last, waiting = "", false
  local function look()
    if waiting then
      return
    end
    waiting = true
    compat.later(function()
      waiting = false
      local now = require("pland").statusline()
      if now ~= last then
        last = now
        vim.cmd("redrawstatus!")
      end
    end, 100)
  end
  require("pland.plans").on_change(look)
  require("pland.server").on("ready", look)
end

function M.once()
  if started then
    return
  end
  started = true
  require("pland.notices").start()
  require("pland.conflicts").start()
  follow_in_status_line()
  if vim.lsp.config and vim.lsp.enable then
    vim.lsp.enable(require("pland.server").name)
  end
end

return M
