-- Tells the person, once, when a plan comes to need one.
local config = require("pland.config")
local plans = require("pland.plans")
local words = require("pland.words")
local M = {}

local working = {} -- plans seen at work, or waiting to be: only those have come to need somebody
local told = {}

local function attempts(plan)
  local sum = 0
  for _, subplan in ipairs(plan.subplans) do
    sum = sum + subplan.attempt
  end
  return sum
end

local function sentence(plan, need)
  local name = words.short_name(plan.name)
  if need == "apply" then
    return name .. " is done and merged. Your files are as they were until you apply it: :Pland apply.",
      vim.log.levels.INFO
  elseif need == "continue" then
    return name .. " was stopped when its editor was closed. What it had done is kept; :Pland retry goes on.",
      vim.log.levels.INFO
  end
  local failed, open = words.in_state(plan, "errored"), plan.conflicts.open
  local parts, ways = {}, {}
  if open > 0 then
    table.insert(parts, words.count(open, "conflict"))
    table.insert(ways, ":Pland conflicts lists them")
  end
  if failed > 0 then
    table.insert(parts, words.count(failed, "subplan") .. " that failed")
    table.insert(ways, ":Pland plans shows why")
  end
  return ("%s has %s. %s."):format(name, table.concat(parts, " and "), table.concat(ways, ", ")), vim.log.levels.WARN
end

local function look()
  for _, plan in ipairs(plans.current()) do
    if words.is_running(plan) then
      working[plan.planId] = true
    elseif plans.is_whole(plan.planId) then
      local need = words.need_of(plan)
      if need then
        local seen = working[plan.planId]
        -- Whatever it comes to after it waited is news: a short run is over before it is seen.
        working[plan.planId] = need == "continue" or nil
        local print = ("%s/%s/%d"):format(plan.planId, need, attempts(plan))
        local news = words.was_closed(plan) or (seen and need ~= "continue")
        if news and not told[print] then
          told[print] = true
          local wanted = config.get("notifications")
          if wanted == "all" or (wanted == "problems" and need ~= "apply") then
            local text, level = sentence(plan, need)
            vim.notify("pland: " .. text, level)
          end
        end
      end
    end
  end
end

function M.start()
  plans.on_change(look)
end

return M
