-- A plan in a plan: it is shown below its subplan, fails, says why, goes back and runs again.
return function(t)
  local plans = require("pland.plans")
  local mended = vim.env.WORK .. "/mended"
  vim.fn.writefile({
    "plan: local/nested",
    "goal: The whole",
    "subplan_defaults: {retry_failed: false}",
    "subplans:",
    '  - {name: flat, goal: Beside it, run: "echo flat > flat.txt"}',
    "  - name: outer",
    "    goal: The middle",
    "    subplans:",
    '      - {name: good, goal: Below, run: "echo good > good.txt"}',
    ("      - {name: bad, goal: Fail at first, run: \"test -e '%s' || exit 3; echo bad > bad.txt\"}"):format(mended),
  }, t.file("nested.plan.yaml"))
  t.edit("nested.plan.yaml")
  t.must(t.running())
  vim.cmd("Pland")
  local buffer = vim.api.nvim_get_current_buf()
  local function text()
    return table.concat(t.lines(buffer), "\n")
  end
  local function whole()
    return t.plan() and #vim.tbl_filter(function(plan)
      return not plans.is_whole(plan.planId)
    end, plans.with_children(t.plan())) == 0
  end
  local function has(...)
    for _, line in ipairs({ ... }) do
      if not ("\n" .. text() .. "\n"):find("\n" .. line, 1, true) then
        return false
      end
    end
    return whole()
  end
  local function press(keys, pattern)
    vim.api.nvim_set_current_win(vim.fn.bufwinid(buffer))
    t.must(t.check(vim.fn.search(pattern, "cw") > 0, "there is a line for " .. pattern, text()))
    vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes(keys, true, false, true), "mx", false)
  end
  local function shows(name, ...)
    local shown
    local wanted = { ... }
    return t.eventually(name .. " is shown", function()
      local found = t.find_buffer("pland://" .. name)
      shown = found and table.concat(t.lines(found), "\n") or ""
      for _, each in ipairs(wanted) do
        if not shown:find(each, 1, true) then
          return false
        end
      end
      return found
    end, function()
      return shown
    end)
  end
  local function close(name)
    vim.api.nvim_set_current_win(vim.fn.bufwinid(t.find_buffer("pland://" .. name)))
    vim.cmd("close")
  end

  -- Made and not started: what will run is there, in its place.
  vim.cmd("wincmd p")
  vim.cmd("Pland use")
  t.must(t.eventually("a plan that was only made shows its child plan's subplans", function()
    return has("· local/nested  not started", "  · flat  queued", "  · outer  queued", "    · good  queued", "    · bad  queued")
  end, text))
  vim.cmd("Pland resume nested --dry-run")
  shows("resume/nested", "  run   flat", "  run   outer")
  close("resume/nested")

  vim.cmd("Pland execute nested")
  t.must(t.eventually("execute starts it, and what is below a subplan is shown below it", function()
    return has("✗ local/nested  1/2 done, 1 failed", "  ✓ flat", "  ✗ outer  1/2 done, 1 failed", "    ✓ good  done, 1 file",
      "    ✗ bad  failed, exit code 3")
  end, text))
  t.same(#vim.tbl_filter(function(line)
    return line:find("local/nested", 1, true) ~= nil
  end, t.lines(buffer)), 1, "a child plan is no plan of its own in the window")
  t.same(#require("pland").plans(), 1, "nor in the list of plans")
  t.same(require("pland").statusline(), "pland: 1 failed", "and the status line counts what the plan at the top says")
  t.eventually("one notification tells of it", function()
    return t.count_noticed("nested has 1 subplan that failed") == 1
  end)
  t.same(#vim.tbl_filter(function(notice)
    return notice.text:find("outer has", 1, true) ~= nil
  end, t.notices), 0, "and none of the child plan")

  -- The server is asked anew for all: what is nested is found again.
  local child = plans.child(t.plan().subplans[2].subplanId)
  plans.load()
  t.must(t.eventually("after a start the child plan is found", function()
    local now = plans.child(child.planId)
    return now ~= nil and now ~= child and has("    ✗ bad  failed, exit code 3")
  end, text))
  press("<Tab>", "✗ outer")
  t.check(not text():find("good", 1, true), "a child plan is folded", text())
  press("<Tab>", "✗ outer")
  t.check(text():find("✓ good", 1, true) ~= nil, "and unfolded", text())

  -- Keys are about what is at the cursor.
  press("E", "✗ local/nested")
  shows("errors/nested", "What failed in nested (execute, errored)", "\nouter  1 of 2 subplans failed", "\n  bad  `test -e",
    "failed with exit code 3", "\n    hint: read its log, then retry", "\n    command: pland retry "
      .. plans.child(child.planId).subplans[2].subplanId)
  close("errors/nested")
  press("E", "✗ bad")
  shows("errors/bad", "\nbad  `test -e", "hint: read its log, then retry")
  close("errors/bad")
  press("t", "✗ local/nested")
  shows("tree/nested", "- prompt definition: The whole\n  - subplan parallel spawn: flat  (complete)",
    "  - subplan parallel spawn: outer  (errored)", "\n      - subplan parallel spawn: bad  (errored)",
    "error recovery: surface", "How does 'bad' go on after attempt 1?  retry, repair, surface")
  close("tree/nested")
  press("L", "✗ local/nested")
  shows("events/nested", "plan.created", "flat  attempt=1", "state=processing")
  close("events/nested")
  vim.cmd("Pland errors outer")
  shows("errors/outer", "\nbad  `test -e")
  close("errors/outer")
  vim.cmd("Pland log nested:outer:bad")
  shows("log/bad/1", "(no output)")
  close("log/bad/1")
  vim.cmd("Pland log outer")
  t.eventually("a plan has no output of its own, and says so", function()
    return t.noticed("outer is a plan: its subplans have outputs.") ~= nil
  end)

  -- Back, with a reason, and again.
  vim.fn.writefile({}, mended)
  local asked
  vim.ui.input = function(options, done)
    asked = options.prompt
    done(nil)
  end
  press("B", "✗ bad")
  t.eventually("revert asks for a reason", function()
    return asked == "Take nested back to strategize, because: "
  end, function()
    return asked
  end)
  t.check(t.plan().phase == "execute", "and leaves the plan without one", t.plan())
  vim.ui.input = function(_, done)
    done("the file was missing")
  end
  vim.cmd("Pland revert")
  t.must(t.eventually("with one the plan goes back", function()
    return t.plan().phase == "strategize" and t.noticed("nested is back at strategize (1 of 3 times)") ~= nil
  end, t.plan))
  t.must(t.eventually("which the window shows", function()
    return has("· local/nested  not started", "  · outer  queued")
  end, text))
  press("L", "· local/nested")
  shows("events/nested", "reason=the file was missing")
  close("events/nested")
  press("S", "· bad\\|✗ bad")
  t.must(t.eventually("execute runs it again, to its end", function()
    return has("✓ local/nested  2/2 done", "  ✓ outer  2/2 done", "    ✓ bad  done, attempt 2, 1 file")
  end, text))
  t.same(require("pland").statusline(), "pland: 1 to apply", "there is one plan to apply")
  vim.cmd("Pland errors good")
  t.eventually("where nothing failed errors says so", function()
    return t.noticed("nothing failed in good.") ~= nil
  end)
  press("a", "✓ good")
  t.eventually("apply on a line of the child plan applies the whole", function()
    return vim.fn.filereadable(t.file("bad.txt")) == 1 and vim.fn.filereadable(t.file("flat.txt")) == 1
  end)
  t.eventually("and the window says so", function()
    return has("✔ local/nested  applied")
  end, text)
end
