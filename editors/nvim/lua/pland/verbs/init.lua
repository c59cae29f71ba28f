-- The verbs, by name. Each is a function of one argument, the request's params, of which any may be missing: what a
-- verb needs it asks for. They run within a task.
local task = require("pland.task")
local M = {}

-- Those of server/README.md, in its order.
M.names = {
  "use", "spawn", "execute", "resume", "revert", "tree", "errors", "events", "status", "cancel", "retry",
  "checkpoint", "checkpoints", "rollback", "conflicts", "resolve", "diff", "log", "apply", "undo", "doctor",
}

local rooms = {
  use = "run", spawn = "run", execute = "run", resume = "run", cancel = "run", retry = "run",
  tree = "look", errors = "look", events = "look", status = "look", checkpoints = "look", conflicts = "look", diff = "look", log = "look",
  doctor = "look",
  revert = "change", checkpoint = "change", rollback = "change", resolve = "change", apply = "change", undo = "change",
}

function M.run(verb, argument)
  task.run(function()
    require("pland.verbs." .. rooms[verb])[verb](argument or {})
  end)
end

return M
