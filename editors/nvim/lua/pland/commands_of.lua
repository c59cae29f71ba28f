-- The commands that a plan file holds, as far as they can be told from its lines: for a person who is asked whether
-- they may run. Pure. It is a help for reading, no parser; VS Code's extension has the same in texts/commands_of.ts.
local M = {}

local function trimmed(text)
  return (text:gsub("^%s+", ""):gsub("%s+$", ""))
end

local function plain(value)
  local text = trimmed(value)
  return text:match('^"(.*)"$') or text:match("^'(.*)'$") or text
end

-- What stands deeper than `more` blanks from line `from` on.
local function indented(lines, from, more)
  local body = {}
  for at = from, #lines do
    local line = lines[at]
    if line:find("%S") then
      if #line:match("^%s*") <= more then
        break
      end
      table.insert(body, trimmed(line))
    end
  end
  return body
end

-- The indentation of `run:` and what stands behind it, when the line has one.
local function command_key(line)
  local before, key, value = line:match("^(%s*)[\"']?(%a+)[\"']?%s*:%s*(.-)%s*$")
  if not key then
    before, key, value = line:match("^(%s*%- )[\"']?(%a+)[\"']?%s*:%s*(.-)%s*$")
  end
  if key == "run" or key == "check" then
    return #before, value
  end
end

local function flow_command(line)
  local value = line:match("[{,]%s*[\"']?run[\"']?%s*:%s*(.-)%s*$")
  return value and (value:gsub("}?,?%s*$", ""))
end

local function add_setup(found, lines, at)
  local value = lines[at]:match("^setup%s*:%s*(.-)%s*$")
  if not value then
    return
  end
  local flow = value:match("^%[(.*)%]$")
  for each in (flow or ""):gmatch("[^,]+") do
    if plain(each) ~= "" then
      table.insert(found, plain(each))
    end
  end
  for next = at + 1, #lines do
    local command = lines[next]:match("^%s*%-%s+(.*)$")
    if not command then
      break
    end
    table.insert(found, plain(command))
  end
end

function M.commands(text)
  local found, lines = {}, vim.split((text:gsub("\r\n", "\n")), "\n", { plain = true })
  for at, line in ipairs(lines) do
    local indent, value = command_key(line)
    if value and value:match("^[|>][-+0-9]*$") then
      local body = indented(lines, at + 1, indent)
      if #body > 0 then
        table.insert(found, table.concat(body, "; "))
      end
    else
      value = value and value ~= "" and value or flow_command(line)
      if value then
        table.insert(found, plain(value))
      end
      add_setup(found, lines, at)
    end
  end
  return found
end

return M
