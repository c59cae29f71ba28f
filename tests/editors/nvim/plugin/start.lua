-- Runs the test that TEST names.
package.path = vim.env.HERE .. "/?.lua;" .. package.path
local support = require("support")
support.run(function()
  local version = vim.version()
  support.say(("Neovim %d.%d.%d"):format(version.major, version.minor, version.patch))
  require("test_" .. vim.env.TEST)(support)
end)
