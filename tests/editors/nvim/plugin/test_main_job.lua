-- The main job with the plugin: spawn by the lens, see, resolve one conflict by code action and another in the three-way
-- diff, roll back, apply, undo.
return function(t)
  local plan_buffer = t.edit("retire-logger.plan.yaml")
  t.check(vim.bo.filetype == "yaml.pland", "a plan file has a filetype that is YAML's too", vim.bo.filetype)
  t.must(t.running())
  local client = require("pland.server").client()
  t.check(client.offset_encoding == "utf-8", "positions are in utf-8", client.offset_encoding)
  local notices = #t.notices
  t.must(t.eventually("the Spawn lens is there without configuration", function()
    return vim.tbl_contains(t.lenses(plan_buffer), "Spawn")
  end))

  t.answer_with("spawn")
  vim.api.nvim_win_set_cursor(0, { 1, 0 })
  vim.lsp.codelens.run()
  t.must(t.eventually("the plan comes to need somebody", function()
    return t.need() == "conflicts"
  end, function()
    return t.plan()
  end))
  t.eventually("one notification says so", function()
    return t.count_noticed("retire-logger has 2 conflicts") == 1
  end)
  t.eventually("the lenses show each subplan's state", function()
    local all = table.concat(t.lenses(plan_buffer), "\n")
    return select(2, all:gsub("Show diff", "")) == 3 and all:find("2 conflicts", 1, true)
  end, function()
    return t.lenses(plan_buffer)
  end)
  t.check(require("pland").statusline() == "pland: 2 conflicts", "the status line counts", require("pland").statusline())
  t.eventually("both conflicts are shown on the person's files", function()
    return #t.conflict_at("src/net.c") == 1 and #t.conflict_at("build.cfg") == 1
  end)

  vim.cmd("Pland conflicts")
  t.eventually("the quickfix list has them", function()
    local list = vim.fn.getqflist({ title = 1, items = 1 })
    return list.title == "pland conflicts" and #list.items == 2
  end)
  local by_name = {}
  for _, item in ipairs(vim.fn.getqflist()) do
    by_name[vim.fn.fnamemodify(vim.fn.bufname(item.bufnr), ":t")] = item.lnum
  end
  t.same(by_name, { ["build.cfg"] = 2, ["net.c"] = 5 }, "on the lines where the files have them")
  vim.cmd("cclose")

  -- One by code action.
  t.edit("build.cfg")
  vim.api.nvim_win_set_cursor(0, { 2, 0 })
  t.answer_with("(theirs)")
  vim.lsp.buf.code_action()
  t.must(t.eventually("taking a side by code action resolves it", function()
    return #t.conflict_at("build.cfg") == 0 and t.plan().conflicts.open == 1
  end, function()
    return t.offered
  end))
  t.eventually("the quickfix list follows", function()
    return #vim.fn.getqflist() == 1
  end)

  -- The other in the three-way diff, with the person's unsaved text around it.
  local source = t.edit("src/net.c")
  vim.api.nvim_buf_set_lines(source, 0, 0, false, { "/* typed by hand */" })
  t.eventually("the conflict moves with what is typed above it", function()
    local found = t.conflict_at("src/net.c")
    return #found == 1 and found[1].lnum == 5
  end)
  local before = t.lines(source)
  vim.api.nvim_win_set_cursor(0, { 6, 0 })
  vim.cmd("Pland merge")
  local result = nil
  t.must(t.eventually("the three-way diff opens", function()
    result = t.find_buffer("/result/src/net.c")
    return result ~= nil and vim.api.nvim_get_current_buf() == result
  end))
  t.check(#vim.api.nvim_list_tabpages() == 2, "in a tab page of its own")
  local panes = vim.tbl_map(function(window)
    return vim.api.nvim_buf_get_name(vim.api.nvim_win_get_buf(window)):match("/(%a+)/src/net.c$")
  end, vim.api.nvim_tabpage_list_wins(0))
  t.same(panes, { "ours", "result", "theirs" }, "ours, the result and theirs stand side by side")
  t.check(vim.wo.diff, "as a diff")
  t.check(vim.fn.search("/\\* typed by hand \\*/", "nw") > 0, "what is typed and not saved is part of it")
  t.check(vim.fn.search("^<<<<<<< net$", "nw") > 0 and vim.fn.search("^>>>>>>> storage$", "nw") > 0,
    "the clash is between markers that name who wrote what", t.lines(result))

  vim.cmd("silent! write")
  t.check(t.noticed("still has conflict markers") ~= nil, "it is not written with markers", t.notices)
  local still = require("pland.server").request_now("status", { planId = t.plan().planId })
  t.check(still.conflicts.open == 1, "and nothing is resolved", still)

  vim.cmd("normal gb")
  t.check(vim.fn.bufwinid(t.find_buffer("/base/src/net.c")) ~= -1, "gb shows base")
  vim.cmd("normal gb")
  t.check(vim.fn.bufwinid(t.find_buffer("/base/src/net.c")) == -1, "and hides it")
  vim.fn.search("^<<<<<<< ", "cw")
  vim.cmd("normal d2o")
  t.check(vim.fn.search("log::info(port)", "nw") > 0 and vim.fn.search("^<<<<<<<\\|^>>>>>>>", "nw") == 0,
    "d2o takes ours", t.lines(result))
  vim.cmd("silent undo")
  vim.fn.search("^<<<<<<< ", "cw")
  vim.cmd("normal d3o")
  t.check(vim.fn.search("logger(port, DEBUG)", "nw") > 0 and vim.fn.search("^<<<<<<<\\|log::info", "nw") == 0,
    "d3o takes theirs", t.lines(result))
  vim.cmd("silent undo")
  vim.fn.search("^<<<<<<< ", "cw")
  vim.cmd("normal d1o")
  t.check(vim.fn.search("old_log(port)", "nw") > 0 and vim.fn.search("^<<<<<<<\\|log::info", "nw") == 0,
    "d1o takes base", t.lines(result))
  vim.cmd("silent undo")
  vim.fn.search("^<<<<<<< ", "cw")
  vim.cmd("normal d2o")
  local line = vim.fn.search("log::info(port)", "nw")
  vim.api.nvim_buf_set_lines(result, line - 1, line, false, { "  log::info(port, DEBUG);" })
  vim.cmd("write")
  t.must(t.eventually("writing the result resolves the conflict", function()
    return #t.conflict_at("src/net.c") == 0 and t.plan().conflicts.open == 0
  end))
  t.eventually("and the tab page closes", function()
    return #vim.api.nvim_list_tabpages() == 1 and t.find_buffer("/result/src/net.c") == nil
  end)
  t.same(t.lines(source), before, "the person's own text is as it was")
  t.eventually("the plan is ready to be applied", function()
    return t.need() == "apply"
  end)

  -- Look at what is there.
  vim.cmd("Pland diff storage")
  local patch = nil
  t.eventually("the diff of a subplan opens", function()
    patch = t.find_buffer("pland://diff/storage")
    return patch ~= nil and vim.bo[patch].filetype == "diff" and vim.fn.bufwinid(patch) ~= -1
  end)
  t.check(patch and vim.tbl_contains(t.lines(patch), "+LOG=storage"), "and has what it changed", patch and t.lines(patch))
  vim.cmd("Pland log net")
  t.eventually("the output of a subplan opens", function()
    return t.find_buffer("pland://log/net/1") ~= nil
  end)
  vim.cmd("only")
  t.edit("src/net.c")

  -- Roll back, which is asked for, and take that back.
  local checkpoint
  t.must(t.eventually("there is a checkpoint to roll back to", function()
    local answer = require("pland.server").request_now("checkpoints", { planId = t.plan().planId })
    checkpoint = answer and answer.checkpoints[1]
    return checkpoint ~= nil
  end))
  local plan_id = t.plan().planId
  t.answer_with(checkpoint.label:lower())
  t.confirm_with(2)
  vim.cmd("Pland rollback")
  t.eventually("a rollback is asked for", function()
    return #t.questions == 1
  end)
  t.check((t.questions[1] or ""):find("Your own files stay as they are", 1, true) ~= nil,
    "with what it would do", t.questions)
  local asked = require("pland.server").request_now("status", { planId = plan_id })
  t.check(asked.conflicts.open == 0 and asked.state ~= "queued", "and not done without consent", asked)
  t.confirm_with(1)
  vim.cmd("Pland rollback")
  t.must(t.eventually("with consent it is done", function()
    return t.noticed("rolled back to '" .. checkpoint.label .. "'") ~= nil
  end))
  vim.cmd("Pland undo")
  t.must(t.eventually("and undo takes it back", function()
    return t.noticed("undone: ") ~= nil and t.need() == "apply"
  end, function()
    return t.plan()
  end))

  -- Apply.
  vim.cmd("Pland apply --dry-run")
  t.eventually("a dry run lists the files", function()
    local preview = t.find_buffer("pland://apply/retire-logger")
    return preview and vim.tbl_contains(t.lines(preview), "  src/net.c: modified")
  end)
  vim.cmd("only")
  t.edit("src/net.c")
  -- A file of the project that the plan does not touch.
  local other = t.edit("notes.txt")
  vim.api.nvim_buf_set_lines(other, 0, -1, false, { "mine" })
  t.edit("src/net.c")
  vim.cmd("Pland apply")
  t.must(t.eventually("applying says what it did", function()
    return t.noticed("applied 3 files of retire-logger") ~= nil
  end))
  t.eventually("the open file has the typed line and the merged one", function()
    local now = t.lines(source)
    return now[1] == "/* typed by hand */" and now[6] == "  log::info(port, DEBUG);" and now[11] == "  logger(size);"
  end, function()
    return t.lines(source)
  end)
  t.eventually("the file that is not open is written", function()
    return vim.fn.filereadable(t.file("docs/logging.md")) == 1
  end)
  t.same(t.lines(t.find_buffer("/build.cfg")), { "CC=gcc", "LOG=storage", "OPT=2" }, "the other open file has theirs")
  vim.api.nvim_set_current_buf(source)
  vim.cmd("silent undo")
  t.check(t.lines(source)[6] == "  old_log(port);", "u takes the edit back", t.lines(source))
  vim.cmd("silent redo")
  vim.cmd("silent wall")
  vim.cmd("Pland undo")
  t.eventually("undo takes all of it back", function()
    return vim.fn.filereadable(t.file("docs/logging.md")) == 0 and t.lines(source)[6] == "  old_log(port);"
  end, function()
    return t.lines(source)
  end)
  t.check(#vim.tbl_filter(function(notice)
    return notice.level == vim.log.levels.ERROR and not notice.text:find("conflict markers", 1, true)
  end, t.notices) == 0, "nothing failed on the way", t.notices)
  t.check(notices == 0, "and it began quietly", t.notices)
  t.check(t.noticed("applied 3 files of retire-logger. 2 are open and wait for :wall") ~= nil, "what is told to be unsaved is of the plan", t.notices)
  t.eventually("no question is kept that was answered", function()
    return vim.tbl_count(require("pland.server").unanswered) == 0
  end)
end
