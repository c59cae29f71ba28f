-- The server is killed: it comes back, nothing is lost, nothing is shown twice, and it is not started for ever.
return function(t)
  local server = require("pland.server")
  local plan_buffer = t.edit("retire-logger.plan.yaml")
  t.must(t.running())
  vim.cmd("Pland spawn")
  t.must(t.eventually("the plan comes to need somebody", function()
    return t.need() == "conflicts"
  end))
  local source = t.edit("src/net.c")
  t.eventually("the conflicts are shown", function()
    return #t.conflict_at("src/net.c") == 1 and #t.conflict_at("build.cfg") == 1
  end)
  vim.api.nvim_buf_set_lines(source, 0, 0, false, { "typed and not saved" })
  t.eventually("the conflict moves with what is typed", function()
    local found = t.conflict_at("src/net.c")
    return #found == 1 and found[1].lnum == 5
  end)
  local plan_id = t.plan().planId

  local function kill()
    local pids, id = t.server_pids(), server.id()
    vim.loop.kill(pids[#pids], "sigkill")
    t.must(t.eventually("Neovim sees that the server is gone", function()
      return server.id() ~= id
    end))
    return pids
  end
  local function is_gone(pid)
    return vim.loop.fs_stat("/proc/" .. pid) == nil
  end

  local pids = kill()
  t.check(t.count_noticed("the server ended (signal 9) and is started again") == 1, "the person is told, once", t.notices)
  t.must(t.running())
  t.check(#t.server_pids() == #pids + 1, "one server was started for it", t.server_pids())
  t.eventually("and no zombie is left", function()
    return is_gone(pids[#pids])
  end)
  t.must(t.eventually("the plan is known again", function()
    return t.plan() and t.plan().planId == plan_id and t.need() == "conflicts"
  end))
  t.eventually("each conflict is shown once, at its line in the unsaved text", function()
    local net, cfg = t.conflict_at("src/net.c"), t.conflict_at("build.cfg")
    return #net == 1 and #cfg == 1 and net[1].lnum == 5
  end, function()
    return { t.conflict_at("src/net.c"), t.conflict_at("build.cfg") }
  end)
  t.check(t.attached(source) and t.attached(plan_buffer), "the buffers are attached again")
  t.eventually("the lenses are there again, each once", function()
    local spawns = vim.tbl_filter(function(title)
      return title == "Spawn"
    end, t.lenses(plan_buffer))
    return #spawns == 1
  end, function()
    return t.lenses(plan_buffer)
  end)

  -- Work goes on.
  vim.api.nvim_win_set_cursor(0, { 6, 0 })
  vim.cmd("Pland resolve ours")
  t.eventually("a conflict can be resolved", function()
    return #t.conflict_at("src/net.c") == 0
  end)

  -- While a question stands.
  local failure = nil
  local pid = t.server_pids()[#t.server_pids()]
  vim.loop.kill(pid, "sigstop")
  require("pland").request("status", nil, function(problem)
    failure = problem
  end)
  kill()
  t.eventually("a question that the server took with it is answered by an error", function()
    return failure ~= nil and failure.message:find("the server ended before it answered", 1, true) ~= nil
  end, function()
    return failure
  end)
  t.must(t.running())

  for _ = 1, 2 do
    kill()
    t.must(t.running())
  end
  kill()
  t.check(server.health() == "failed", "the fifth end within three minutes is the last", server.health())
  t.check(t.count_noticed("is not started again by itself") == 1, "and the person is told", t.notices)
  t.check(#vim.diagnostic.get(source) == 0 and #t.conflict_at("build.cfg") == 0, "what is shown is not of a server that is gone")
  t.check(require("pland").statusline() == "pland: failed", "the status line says so", require("pland").statusline())
  vim.cmd("Pland apply")
  t.eventually("commands say what to do", function()
    return t.noticed("the server does not run. :Pland restart starts it.") ~= nil
  end)

  vim.cmd("Pland restart")
  t.must(t.running())
  t.eventually("the person can start it again", function()
    return #t.conflict_at("build.cfg") == 1 and #t.conflict_at("src/net.c") == 0
  end)
  vim.cmd("Pland stop")
  t.eventually("and stop it", function()
    return server.health() == "stopped" and #t.conflict_at("build.cfg") == 0
  end)
  t.edit("build.cfg")
  t.check(server.health() == "stopped", "and then it stays so")
  vim.cmd("Pland restart")
  t.must(t.running())
  local running = t.server_pids()[#t.server_pids()]
  vim.cmd("Pland restart")
  t.must(t.eventually("a restart of one that runs is one restart", function()
    local pids = t.server_pids()
    return pids[#pids - 1] == running and is_gone(running) and server.client() ~= nil and #t.conflict_at("build.cfg") == 1
  end, t.server_pids))
  local hanging = t.server_pids()[#t.server_pids()]
  vim.loop.kill(hanging, "sigstop")
  vim.cmd("Pland restart")
  t.eventually("a restart ends one that hangs", function()
    local pids = t.server_pids()
    return pids[#pids] ~= hanging and server.client() ~= nil and is_gone(hanging)
  end, function()
    return { pids = t.server_pids(), health = server.health(), gone = is_gone(hanging) }
  end)
  t.eventually("and shows what is to be shown, once", function()
    return #t.conflict_at("build.cfg") == 1
  end)

  -- Stopping, too, ends one that hangs.
  hanging = t.server_pids()[#t.server_pids()]
  vim.loop.kill(hanging, "sigstop")
  vim.cmd("Pland stop")
  t.eventually("a stop ends one that hangs", function()
    return server.health() == "stopped" and is_gone(hanging)
  end, server.health)

  -- It ends while it starts, and its program is gone: who waits is told.
  local program, gate = vim.env.WORK .. "/bin/pland", vim.env.WORK .. "/gate"
  local kept = vim.fn.readfile(program)
  vim.fn.writefile({ "#!/bin/sh", "while [ ! -e '" .. gate .. "' ]; do sleep 0.02; done", "exit 3" }, program)
  vim.cmd("Pland restart")
  t.eventually("a server starts that does not answer", function()
    return server.health() == "starting"
  end)
  local told = nil
  require("pland").request("status", nil, function(problem)
    told = problem
  end)
  vim.fn.delete(program)
  vim.fn.writefile({}, gate)
  t.eventually("who waits for a server that cannot be started is told", function()
    return told ~= nil and server.health() == "failed"
  end, function()
    return { told, server.health() }
  end)
  vim.fn.writefile(kept, program)
end
