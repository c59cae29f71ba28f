-- A plan file is somebody's shell commands: nothing of it runs before the person has seen and allowed them.
return function(t)
  vim.g.pland = nil -- as it is without settings
  local ran = vim.env.WORK .. "/ran"
  local function write(name, word)
    vim.fn.writefile({
      "plan: local/" .. name,
      "goal: Leave a trace",
      "setup: [touch prepared]",
      "subplans:",
      ("  - {name: trace, goal: Leave it, run: \"echo %s >> '%s'\"}"):format(word, ran),
    }, t.file(name .. ".plan.yaml"))
  end
  local function traces()
    return vim.fn.filereadable(ran) == 1 and vim.fn.readfile(ran) or {}
  end
  local function settled()
    local plan = t.plan()
    return plan and not require("pland.words").is_running(plan) and require("pland.plans").is_whole(plan.planId)
  end
  local function comes_to(wanted, name)
    t.must(t.eventually(name, function()
      return vim.deep_equal(traces(), wanted) and settled()
    end, traces))
  end
  local function plans_of_server()
    return require("pland.server").request_now("status").plans
  end

  write("one", "first")
  local buffer = t.edit("one.plan.yaml")
  t.must(t.running())
  t.confirm_with(3)
  vim.cmd("Pland spawn")
  t.must(t.eventually("before commands run the person is asked", function()
    return #t.questions == 1
  end))
  t.check(t.questions[1]:find("one.plan.yaml? They come with this project.", 1, true) ~= nil
    and t.questions[1]:find("\n  touch prepared\n", 1, true) ~= nil
    and t.questions[1]:find("\n  echo first >> '" .. ran .. "'", 1, true) ~= nil, "and shown them", t.questions[1])
  t.check(t.noticed('confirm_commands = "never"') ~= nil, "where nobody can answer, the setting is named", t.notices)
  t.same(plans_of_server(), {}, "refused, there is no plan")
  t.same(traces(), {}, "and nothing has run")

  local function lens()
    local command = { arguments = { { uri = vim.uri_from_bufnr(buffer) } } }
    require("pland.server").client().commands["pland.spawn"](command)
  end
  lens()
  t.must(t.eventually("the lens asks too", function()
    return #t.questions == 2
  end))
  t.same(plans_of_server(), {}, "and does not run what was refused")

  t.confirm_with(1)
  vim.cmd("Pland spawn")
  comes_to({ "first" }, "allowed, it runs")
  t.check(#t.questions == 3, "after one question", t.questions)
  lens()
  comes_to({ "first", "first" }, "what was allowed runs again")
  t.check(#t.questions == 3, "without a question", t.questions)

  -- Unsaved text is what would run.
  t.confirm_with(3)
  vim.api.nvim_buf_set_lines(buffer, 4, 5, false, { ("  - {name: trace, goal: Leave it, run: \"echo second >> '%s'\"}"):format(ran) })
  local allowed_before = t.plan().planId
  vim.cmd("Pland spawn")
  t.must(t.eventually("another text is asked about again", function()
    return #t.questions == 4 and t.questions[4]:find("echo second", 1, true) ~= nil
  end, function()
    return t.questions
  end))
  t.same(#plans_of_server(), 2, "refused, there is no other plan")
  local notices = #t.notices
  require("pland").run("retry", { planId = allowed_before })
  t.eventually("a plan that was allowed may go on, whatever its file says by now: the server is asked", function()
    return #t.notices > notices and t.notices[#t.notices].text:find("complete", 1, true) ~= nil
  end)
  t.check(#t.questions == 4, "without a question", t.questions)

  -- A plan that nobody was asked about: made by `use`, or elsewhere.
  write("two", "other")
  t.edit("two.plan.yaml")
  local made = require("pland.server").request_now("use", { uri = vim.uri_from_fname(t.file("two.plan.yaml")) }, 5000)
  t.must(t.eventually("a plan that only was created is known", function()
    return t.plan() and t.plan().planId == made.planId
  end))
  t.check(#t.questions == 4, "without a question: nothing runs", t.questions)
  require("pland").run("spawn", { planId = made.planId })
  t.must(t.eventually("starting it is asked about", function()
    return #t.questions == 5
  end))
  require("pland").run("retry", { subplanId = made.children[1].subplanId })
  t.must(t.eventually("and so is running its subplan", function()
    return #t.questions == 6
  end))
  for index, verb in ipairs({ "execute", "resume" }) do
    require("pland").run(verb, { planId = made.planId })
    t.must(t.eventually("and so is " .. verb, function()
      return #t.questions == 6 + index
    end))
  end
  t.same(traces(), { "first", "first" }, "refused, nothing of it has run")
  t.confirm_with(1)
  require("pland").run("spawn", { planId = made.planId })
  comes_to({ "first", "first", "other" }, "allowed, it runs")
  t.check(#t.questions == 9, "after one question", t.questions)

  -- The text is changed while the question stands.
  write("three", "seen")
  local third = t.edit("three.plan.yaml")
  local asked = 0
  vim.fn.confirm = function(text)
    asked = asked + 1
    table.insert(t.questions, text)
    if asked == 1 then
      local line = ("  - {name: trace, goal: Leave it, run: \"echo unseen >> '%s'\"}"):format(ran)
      vim.api.nvim_buf_set_lines(third, 4, 5, false, { line })
      return 1
    end
    return 3
  end
  vim.cmd("Pland spawn")
  t.eventually("what was not seen is asked about", function()
    return asked == 2 and t.questions[#t.questions]:find("echo unseen", 1, true) ~= nil
  end)
  t.same(traces(), { "first", "first", "other" }, "and has not run")

  if vim.secure then
    -- Neovim's own list has the last word.
    t.confirm_with(1)
    local before = #t.questions
    vim.cmd("silent write")
    vim.cmd("silent trust")
    vim.cmd("Pland spawn")
    comes_to({ "first", "first", "other", "unseen" }, "what :trust was told of runs")
    vim.cmd("silent trust ++deny")
    vim.cmd("Pland spawn")
    t.eventually("what it denies does not, and says so", function()
      return t.noticed("three.plan.yaml is denied") ~= nil
    end)
    t.check(#t.questions == before, "without a question", t.questions)
    local database = table.concat(vim.fn.readfile(vim.fn.stdpath("state") .. "/trust"), "\n")
    t.check(database:find("/one.plan.yaml", 1, true) ~= nil, "what the person allowed is in the same list", database)
  end

  write("four", "silently")
  vim.g.pland = { confirm_commands = "never" }
  local before, known = #t.questions, #traces()
  vim.cmd("Pland spawn " .. vim.fn.fnameescape(t.file("four.plan.yaml")))
  t.must(t.eventually("a setting turns the question off", function()
    return #traces() == known + 1 and settled()
  end, traces))
  t.check(#t.questions == before, "then nothing is asked", t.questions)

  local commands = require("pland.commands_of").commands
  t.same(commands(table.concat({
    "plan: local/x",
    'setup: [cp -n .env.example .env, "npm ci"]',
    "subplans:",
    "  - name: a",
    "    run: make a   # quickly",
    '    check: "make test"',
    "  - name: b",
    "    run: |",
    "      first",
    "      second",
    "",
    '  - {name: c, goal: d, run: "echo c"}',
    "  - run: one",
    "    name: e",
    "    tools:",
    '      - builtin/write_file: {path: f, content: "run: not a command"}',
    "",
  }, "\n")), { "cp -n .env.example .env", "npm ci", "make a   # quickly", "make test", "first; second", "echo c", "one" },
    "commands in each way of writing them")
  t.same(commands("setup:\n  - one\n  - two\nsubplans: []\n"), { "one", "two" }, "a list of setup commands")
  t.same(commands('{"subplans": [\n {"name": "a", "run": "make a"}\n]}'), { "make a" }, "JSON")
  t.same(commands("subplans:\n  - name: a\n    tools:\n      - builtin/list_files: {path: .}\n"), {}, "tools only")
end
