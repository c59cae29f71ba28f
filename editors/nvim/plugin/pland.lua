if vim.g.loaded_pland or vim.fn.has("nvim-0.7") == 0 then
  return
end
vim.g.loaded_pland = true

vim.api.nvim_create_user_command("Pland", function(arguments)
  require("pland.start").once()
  require("pland.commands").run(arguments)
end, {
  nargs = "*",
  bang = true,
  desc = "Plans: see :help :Pland",
  complete = function(lead, line, cursor)
    return require("pland.commands").complete(lead, line, cursor)
  end,
})

local function consider(buffer)
  require("pland.start").once()
  require("pland.attach").consider(buffer)
end

local group = vim.api.nvim_create_augroup("pland", {})
vim.api.nvim_create_autocmd({ "BufReadPost", "BufNewFile", "BufFilePost", "BufWritePost" }, {
  group = group,
  callback = function(event)
    consider(event.buf)
  end,
})
-- Plans may have been made elsewhere meanwhile.
vim.api.nvim_create_autocmd({ "FocusGained", "DirChanged" }, {
  group = group,
  callback = function()
    require("pland.project").forget_refusals()
    consider(vim.api.nvim_get_current_buf())
  end,
})

-- What was opened before this was loaded.
local function consider_all()
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    consider(buffer)
  end
end
if vim.v.vim_did_enter == 1 then
  consider_all()
else
  vim.api.nvim_create_autocmd("VimEnter", { group = group, once = true, callback = consider_all })
end
