-- The server is killed while subplans run: what was done is kept, and the plan comes to its end.
return function(t)
  local server = require("pland.server")
  local gate = vim.env.WORK .. "/gate"
  vim.fn.writefile({
    "plan: local/long",
    "goal: Be killed",
    "subplans:",
    '  - {name: quick, goal: Done before, run: "echo quick > quick.txt"}',
    ("  - {name: long, goal: Runs on, run: \"while [ ! -e '%s' ]; do sleep 0.02; done; echo long > long.txt\"}"):format(gate),
  }, t.file("long.plan.yaml"))
  local buffer = t.edit("long.plan.yaml")
  t.must(t.running())
  vim.cmd("Pland spawn")
  local function states()
    local found = {}
    for _, subplan in ipairs(t.plan() and t.plan().subplans or {}) do
      found[subplan.name] = subplan.state
    end
    return found
  end
  t.must(t.eventually("one subplan is done and one runs", function()
    return states().quick == "complete" and states().long == "processing"
  end, states))
  local plan_id = t.plan().planId
  local pids = t.server_pids()
  vim.loop.kill(pids[#pids], "sigkill")
  t.eventually("the server is started again", function()
    return #t.server_pids() == #pids + 1 and server.client() ~= nil
  end)
  t.must(t.eventually("the plan is there, with what was done", function()
    return t.plan() and t.plan().planId == plan_id and states().quick == "complete"
  end, states))
  vim.fn.writefile({}, gate)
  t.must(t.eventually("it goes on by itself, or waits to be continued", function()
    return states().long == "complete" or states().long == "cancelled" or states().long == "errored"
  end, states))
  if states().long ~= "complete" then
    vim.cmd("Pland retry long:long")
  end
  t.must(t.eventually("and comes to its end", function()
    return t.need() == "apply"
  end, t.plan))
  t.check(t.diagnostics(buffer, "subplan-failed")[1] == nil, "nothing is shown that is not so any more", vim.diagnostic.get(buffer))
  vim.cmd("Pland apply")
  t.eventually("both results are applied", function()
    return vim.fn.filereadable(t.file("quick.txt")) == 1 and vim.fn.filereadable(t.file("long.txt")) == 1
  end)
end
