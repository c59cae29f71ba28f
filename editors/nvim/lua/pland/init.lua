-- What other configuration and plugins may call. See :help pland.
local M = {}

-- Settings; the plugin works without a call. See :help pland-settings.
function M.setup(settings)
  require("pland.config").set(settings or {})
  local problems = require("pland.config").problems()
  if #problems > 0 then
    vim.notify("pland: " .. table.concat(problems, "; "), vim.log.levels.WARN)
  end
end

-- For 'statusline': what runs and what waits for somebody; nothing where no plan is.
function M.statusline()
  local server = require("pland.server")
  local words = require("pland.words")
  local health = server.health()
  if health == "off" then
    return ""
  elseif health ~= "running" then
    return "pland: " .. health
  end
  local running, open, failed, ready = {}, 0, 0, 0
  for _, plan in ipairs(require("pland.plans").current()) do
    local need = words.need_of(plan)
    if words.is_running(plan) then
      local done = words.in_state(plan, "complete")
      table.insert(running, ("%s %d/%d"):format(words.short_name(plan.name), done, #plan.subplans))
    end
    if plan.state ~= "applied" and plan.state ~= "cancelled" then
      open = open + plan.conflicts.open
      failed = failed + words.in_state(plan, "errored")
    end
    ready = ready + (need == "apply" and 1 or 0)
  end
  local parts = {}
  if #running > 0 then
    table.insert(parts, #running == 1 and running[1] or words.count(#running, "plan") .. " running")
  end
  if open > 0 then
    table.insert(parts, words.count(open, "conflict"))
  end
  if failed > 0 then
    table.insert(parts, failed .. " failed")
  end
  if ready > 0 then
    table.insert(parts, ready .. " to apply")
  end
  return #parts == 0 and "pland" or "pland: " .. table.concat(parts, ", ")
end

-- The plans that are known, newest first: what pland/status answers for each.
function M.plans()
  return vim.deepcopy(require("pland.plans").current())
end

-- Runs a verb, such as run("apply", { planId = ... }); what it needs to know and is not told it asks for.
function M.run(verb, params)
  require("pland.verbs").run(verb, params)
end

-- Asks the server itself; done(failure, answer).
function M.request(verb, params, done)
  require("pland.task").run(function()
    local good, answer = pcall(require("pland.server").request, verb, params)
    if good then
      done(nil, answer)
    else
      done(answer, nil)
    end
  end)
end

return M
