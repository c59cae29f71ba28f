-- A plan file is YAML to everything that knows YAML, and more to us.
if vim.fn.has("nvim-0.8") == 1 then
  vim.filetype.add({
    pattern = {
      [".*%.plan%.ya?ml"] = "yaml.pland",
      [".*%.plan%.json"] = "json.pland",
    },
  })
else
  local function detect(patterns, filetype)
    vim.api.nvim_create_autocmd({ "BufRead", "BufNewFile" }, {
      pattern = patterns,
      callback = function()
        vim.bo.filetype = filetype
      end,
    })
  end
  detect({ "*.plan.yaml", "*.plan.yml" }, "yaml.pland")
  detect("*.plan.json", "json.pland")
end
