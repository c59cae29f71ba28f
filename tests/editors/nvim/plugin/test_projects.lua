-- Which files the server sees: two projects in one Neovim, a symlinked one, files opened before the server started,
-- and none of a project that has no plan.
return function(t)
  local server = require("pland.server")
  local work = vim.env.WORK
  local function repository(name, plan)
    local root = work .. "/" .. name
    vim.fn.mkdir(root, "p")
    vim.fn.writefile({ "one", "two", "three" }, root .. "/numbers.txt")
    vim.fn.writefile({ "plain" }, root .. "/other")
    vim.fn.system({ "git", "-C", root, "init", "-q" })
    if plan then
      vim.fn.writefile({
        "plan: local/" .. plan,
        "goal: Two changes that meet",
        "subplans:",
        '  - {name: french, goal: In French, run: "sed -i s/two/deux/ numbers.txt"}',
        '  - {name: german, goal: In German, run: "sed -i s/two/zwei/ numbers.txt"}',
      }, root .. "/" .. plan .. ".plan.yaml")
    end
    return root
  end

  -- A project without plans is left alone.
  local plain = repository("plain")
  local plain_buffer = t.edit(plain .. "/numbers.txt")
  local asked = nil
  require("pland.project").has_plans(plain, function(has)
    asked = has
  end)
  t.eventually("a repository without plans is known as such", function()
    return asked == false
  end)
  t.check(server.health() == "off", "and starts no server", server.health())

  -- Source files first, the plan file not at all: it is in the repository.
  local first = repository("first", "first")
  local early = t.edit(first .. "/numbers.txt")
  local without_type = t.edit(first .. "/other")
  t.must(t.running())
  t.eventually("a file of a project with a plan file is attached, before that is opened", function()
    return t.attached(early) and t.attached(without_type)
  end)
  t.check(not t.attached(plain_buffer), "that of the other project is not")

  -- The plan comes to a project whose files are open already.
  vim.cmd("silent edit " .. vim.fn.fnameescape(plain .. "/late.plan.yaml"))
  t.eventually("with a plan file, its files are attached too", function()
    return t.attached(plain_buffer)
  end)
  t.check(#t.server_pids() == 1, "by the same server", t.server_pids())
  vim.cmd("bdelete!")

  -- Two projects at a time, the second through a symbolic link.
  repository("real second", "second")
  local second = work .. "/link"
  vim.loop.fs_symlink(work .. "/real second", second)
  t.edit(first .. "/first.plan.yaml")
  vim.cmd("Pland spawn")
  t.eventually("the plan of one project runs", function()
    return t.plan() ~= nil and t.plan().name == "local/first"
  end)
  t.edit(second .. "/second.plan.yaml")
  vim.cmd("Pland spawn")
  local function plan_named(name)
    for _, plan in ipairs(require("pland.plans").current()) do
      if plan.name == name then
        return plan
      end
    end
  end
  t.must(t.eventually("and that of the other", function()
    local a, b = plan_named("local/first"), plan_named("local/second")
    return a and b and a.conflicts.open == 1 and b.conflicts.open == 1
  end, function()
    return require("pland.plans").current()
  end))
  t.eventually("a file that was open before the server started shows its conflict", function()
    local found = t.diagnostics(early, "merge-conflict")
    return #found == 1 and found[1].lnum == 1
  end)
  local linked = t.edit(second .. "/numbers.txt")
  t.eventually("and one that is reached through a link", function()
    return #t.diagnostics(linked, "merge-conflict") == 1
  end, function()
    return vim.diagnostic.get()
  end)
  local real = vim.fn.bufnr(work .. "/real second/numbers.txt")
  t.check(real == -1 or real == linked or #vim.diagnostic.get(real) == 0, "there only once")

  vim.cmd("Pland conflicts")
  t.eventually("the quickfix list has those of both projects", function()
    return #vim.fn.getqflist() == 2
  end)
  vim.cmd("cclose")
  vim.api.nvim_win_set_buf(0, linked)
  vim.api.nvim_win_set_cursor(0, { 2, 0 })
  vim.api.nvim_buf_set_lines(linked, 3, 3, false, { "typed" })
  vim.cmd("Pland merge")
  t.must(t.eventually("a three-way diff of a file behind a link opens", function()
    return #vim.api.nvim_list_tabpages() == 2
  end))
  t.check(vim.fn.search("^typed$", "nw") > 0, "with what is typed and not saved", t.lines(0))
  vim.cmd("tabclose")
  vim.api.nvim_win_set_buf(0, linked)
  vim.api.nvim_win_set_cursor(0, { 2, 0 })
  vim.cmd("Pland resolve theirs")
  t.must(t.eventually("resolving takes the conflict at the cursor", function()
    return plan_named("local/second").conflicts.open == 0
  end))
  t.check(plan_named("local/first").conflicts.open == 1, "not that of the other project")
  vim.cmd("Pland apply second")
  t.eventually("and applying by name changes only its project", function()
    return vim.deep_equal(t.lines(linked), { "one", "zwei", "three", "typed" })
  end, function()
    return t.lines(linked)
  end)
  t.same(t.lines(early), { "one", "two", "three" }, "the other is as it was")
  vim.cmd("silent wall")
  t.same(vim.fn.readfile(work .. "/real second/numbers.txt"), { "one", "zwei", "three", "typed" }, "the file behind the link is written")

  -- A folder without git.
  local bare = work .. "/bare"
  vim.fn.mkdir(bare .. "/deep", "p")
  vim.fn.writefile({ "one", "two", "three" }, bare .. "/deep/numbers.txt")
  vim.fn.writefile({ "plan: local/bare", "goal: x", "subplans:", "  - {name: a, goal: a, run: 'true'}" }, bare .. "/bare.plan.yaml")
  local deep = t.edit(bare .. "/deep/numbers.txt")
  t.eventually("without git, a plan file above makes a project", function()
    return t.attached(deep)
  end)
end
