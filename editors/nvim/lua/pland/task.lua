-- Work that waits for answers and for the person, written top to bottom: a coroutine.
local compat = require("pland.compat")
local M = {}

local function text_of(failure)
  if type(failure) == "table" and failure.message then
    return failure.message, vim.log.levels.ERROR
  end
  return tostring(failure), vim.log.levels.ERROR
end

function M.report(failure)
  local text, level = text_of(failure)
  vim.notify("pland: " .. text, level)
end

-- Runs `work`; an error in it is told to the person.
function M.run(work)
  local thread = coroutine.create(work)
  local good, failure = coroutine.resume(thread)
  if not good then
    M.report(failure)
  end
end

-- Calls start(done) and answers what done was called with. Only within run().
function M.await(start)
  local thread = assert(coroutine.running(), "await outside of a task")
  local answer, waiting = nil, false
  start(function(...)
    if answer or compat.is_exiting() then
      return
    end
    answer = { n = select("#", ...), ... }
    if waiting then
      local good, failure = coroutine.resume(thread)
      if not good then
        M.report(failure)
      end
    end
  end)
  if not answer then
    waiting = true
    coroutine.yield()
  end
  return unpack(answer, 1, answer.n)
end

-- Ends the task with a sentence for the person.
function M.refuse(text)
  error({ message = text }, 0)
end

return M
