-- Settings: `vim.g.pland`, or require("pland").setup(). See :help pland-settings.
local M = {}

local defaults = {
  cmd = { "pland" },
  env = {},
  confirm_commands = "whenChanged",
  lenses = true,
  notifications = "all",
  max_restarts = 4,
  checkpoints_shown = 20,
}

local rules = {
  cmd = function(value)
    return type(value) == "table" and type(value[1]) == "string", "a list of strings, the program first"
  end,
  env = function(value)
    return type(value) == "table", "a table of environment variables"
  end,
  confirm_commands = function(value)
    return value == "whenChanged" or value == "never", '"whenChanged" or "never"'
  end,
  lenses = function(value)
    return type(value) == "boolean", "true or false"
  end,
  notifications = function(value)
    return value == "all" or value == "problems" or value == "none", '"all", "problems" or "none"'
  end,
  max_restarts = function(value)
    return type(value) == "number" and value >= 0, "a number from 0"
  end,
  checkpoints_shown = function(value)
    return type(value) == "number" and value >= 1, "a number from 1"
  end,
}

local given = nil

-- What is wrong with the settings, a sentence each. A wrong one counts as not given.
function M.problems()
  local found = {}
  local settings = given or vim.g.pland or {}
  if type(settings) ~= "table" then
    return { "vim.g.pland: expected a table" }
  end
  for name, value in pairs(settings) do
    local rule = rules[name]
    if not rule then
      table.insert(found, ("there is no setting '%s'"):format(name))
    else
      local good, wanted = rule(value)
      if not good then
        table.insert(found, ("%s: expected %s"):format(name, wanted))
      end
    end
  end
  table.sort(found)
  return found
end

function M.set(settings)
  given = settings
end

function M.get(name)
  local settings = given or vim.g.pland
  local value = type(settings) == "table" and settings[name]
  if value == nil or type(settings) ~= "table" or not rules[name](value) then
    return defaults[name]
  end
  return value
end

return M
