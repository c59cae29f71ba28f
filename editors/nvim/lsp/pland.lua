-- For vim.lsp.config of Neovim 0.11 and newer. vim.lsp.config("pland", { cmd = ... }) changes it as usual; which buffers
-- are attached is decided by lua/pland/attach.lua, as they may become part of a plan long after they were opened.
return vim.tbl_extend("force", require("pland.server").lsp_config(), {
  root_dir = function(buffer)
    require("pland.attach").consider(buffer)
  end,
})
