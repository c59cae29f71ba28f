-- :Pland's completion and refusals, the life of a plan by commands, and the health check.
return function(t)
  local function complete(line)
    local lead = line:match("%S*$")
    return require("pland.commands").complete(lead, line, #line)
  end
  local verbs = complete("Pland ")
  for _, verb in ipairs(require("pland.verbs").names) do
    t.check(vim.tbl_contains(verbs, verb), "completion offers " .. verb, verbs)
  end
  local documented = {}
  for _, line in ipairs(vim.fn.readfile(vim.env.HERE .. "/../../../../server/README.md")) do
    table.insert(documented, line:match("^### `pland/(%a+)`"))
  end
  t.same(require("pland.verbs").names, documented, "the verbs are those of the wire")
  local help = table.concat(vim.fn.readfile(vim.api.nvim_get_runtime_file("doc/pland.txt", false)[1]), "\n")
  for _, verb in ipairs(documented) do
    t.check(help:find("\n:Pland%[?!?%]? " .. verb .. "%f[%W]") ~= nil, "the help has " .. verb)
  end
  t.same(complete("Pland che"), { "checkpoint", "checkpoints" }, "it follows what is typed")
  t.same(complete("vertical Pland! resolve b"), { "both", "base" }, "and knows what a verb takes")

  local function refused(command, why)
    local before = #t.notices
    vim.cmd(command)
    t.eventually("refused: " .. command, function()
      for index = before + 1, #t.notices do
        local notice = t.notices[index]
        if notice.level == vim.log.levels.ERROR and notice.text:find(why, 1, true) then
          return true
        end
      end
    end)
  end
  refused("Pland nonsense", "there is no verb 'nonsense'; there are: apply,")
  refused("Pland plans now", "'plans' takes nothing")
  refused("Pland status --dry-run", "'status' has no --dry-run")
  refused("Pland apply --superseded", "'apply' has no --superseded")
  refused("Pland! apply", "only spawn and use take a !")

  -- The first command starts the server: no plan file is open.
  vim.cmd("cd " .. vim.fn.fnameescape(vim.env.REPO))
  t.same(complete("Pland spawn "), { "retire-logger.plan.yaml" }, "completion offers plan files")
  refused("Pland apply", "no plan is ready to be applied")
  refused("Pland spawn src/net.c", "is no plan file")
  refused("Pland cancel", "nothing runs")
  refused("Pland rollback", "there is no checkpoint yet")
  refused("Pland resolve", "there is no open conflict")
  refused("Pland execute", "no plan has anything left to run")
  refused("Pland resume", "no plan was interrupted or failed")
  refused("Pland revert", "no plan can go back")
  refused("Pland tree", "there is no plan yet")
  refused("Pland errors", "nothing failed")
  refused("Pland events", "there is no plan yet")
  refused("Pland log nobody", "there is no subplan 'nobody'")

  vim.cmd("Pland use")
  t.must(t.eventually("use creates a plan that waits", function()
    return t.need() == "continue"
  end, function()
    return t.plan()
  end))
  t.check(t.count_noticed("waits") == 0, "without a notification: the person has just made it")
  require("pland").run("spawn", { planId = t.plan().planId })
  t.must(t.eventually("spawn starts it", function()
    return t.need() == "conflicts"
  end))
  t.same(complete("Pland log "), { "net", "storage", "docs" }, "completion offers subplans")
  t.same(complete("Pland apply r"), { "retire-logger" }, "and plans")

  -- A plan that still runs is not replaced without asking.
  vim.fn.writefile({
    "plan: local/slow",
    "goal: Wait",
    "subplans:",
    "  - {name: waits, goal: Wait, run: \"while [ ! -e '" .. vim.env.WORK .. "/gate' ]; do sleep 0.02; done; echo done > done.txt\"}",
  }, t.file("slow.plan.yaml"))
  t.edit("slow.plan.yaml")
  vim.cmd("Pland spawn")
  local function slow()
    for _, plan in ipairs(require("pland.plans").current()) do
      if plan.name == "local/slow" then
        return plan
      end
    end
  end
  t.must(t.eventually("a plan runs", function()
    return slow() and slow().subplans[1].state == "processing"
  end))
  local first = slow().planId
  t.check(require("pland").statusline():find("slow 0/1", 1, true) ~= nil, "the status line shows it", require("pland").statusline())
  t.confirm_with(3)
  vim.cmd("Pland spawn")
  t.must(t.eventually("spawning it again asks", function()
    return #t.questions == 1
  end))
  t.check(slow().planId == first, "and leaves it when told so")
  t.confirm_with(2)
  vim.cmd("Pland spawn")
  t.eventually("or starts anew", function()
    return slow().planId ~= first and slow().subplans[1].state == "processing"
  end)
  local second = slow().planId
  vim.cmd("Pland! spawn")
  t.eventually("with ! without asking", function()
    return slow().planId ~= second and slow().subplans[1].state == "processing"
  end)
  vim.cmd("Pland cancel waits")
  t.eventually("cancel stops a subplan", function()
    return slow().subplans[1].state == "cancelled"
  end, slow)
  vim.fn.writefile({}, vim.env.WORK .. "/gate")
  vim.cmd("Pland retry waits")
  t.must(t.eventually("retry runs it again", function()
    return slow().subplans[1].state == "complete" and require("pland.plans").is_whole(slow().planId)
  end, slow))
  t.eventually("and one notification says that it can be applied", function()
    return t.count_noticed("slow is done and merged") == 1
  end)
  vim.cmd("Pland apply slow")
  t.must(t.eventually("apply writes", function()
    return vim.fn.filereadable(t.file("done.txt")) == 1
  end))
  -- A label is taken as it is typed, with its spaces.
  vim.cmd("Pland conflicts")
  vim.cmd("cclose")
  t.answer_with("retire-logger")
  vim.cmd("Pland checkpoint before the risky part")
  t.eventually("a checkpoint is made", function()
    return t.noticed("checkpoint 'before the risky part'") ~= nil
  end)
  t.eventually("and offered, from where the person types on", function()
    return vim.tbl_contains(complete("Pland rollback before the r"), "risky part")
  end, function()
    return complete("Pland rollback before the r")
  end)
  vim.cmd("Pland checkpoints retire-logger")
  t.eventually("checkpoints shows it", function()
    return vim.fn.search("before the risky part", "nw") > 0
  end)

  vim.cmd("Pland doctor")
  t.eventually("doctor says what is there", function()
    return vim.api.nvim_buf_get_name(0) == "pland://doctor" and vim.fn.search("good     lock", "nw") > 0
  end, function()
    return t.lines(0)
  end)
  vim.cmd("quit")
  t.same(require("pland.words").size(1536), "1.5 KiB", "sizes read well")

  vim.cmd("checkhealth pland")
  local report = table.concat(t.lines(0), "\n")
  for _, line in ipairs({ "/bin/pland: ", "pland-supervisor is there", "the settings are right", "the server runs",
    "positions: utf-8", "project: " .. vim.env.REPO }) do
    t.check(report:find(line, 1, true) ~= nil, "the health check says: " .. line, report)
  end
  t.check(not report:find("ERROR", 1, true), "and nothing is wrong", report)
  require("pland").setup({ cmd = { "no-such-pland" }, lens = true, notifications = "loud" })
  vim.cmd("checkhealth pland")
  report = table.concat(t.lines(0), "\n")
  for _, line in ipairs({ "there is no program 'no-such-pland'", "there is no setting 'lens'", 'expected "all"' }) do
    t.check(report:find(line, 1, true) ~= nil, "the health check says: " .. line, report)
  end

  -- The tags of the help are those of its text.
  local doc = vim.env.WORK .. "/doc"
  vim.fn.mkdir(doc)
  local shipped = vim.fn.fnamemodify(vim.api.nvim_get_runtime_file("doc/pland.txt", false)[1], ":h")
  vim.fn.writefile(vim.fn.readfile(shipped .. "/pland.txt"), doc .. "/pland.txt")
  vim.cmd("helptags " .. vim.fn.fnameescape(doc))
  t.same(vim.fn.readfile(shipped .. "/tags"), vim.fn.readfile(doc .. "/tags"), "the tags of the help are current")
  t.check(vim.tbl_contains(vim.fn.getcompletion(":Pland", "help"), ":Pland"), "and found")
end
