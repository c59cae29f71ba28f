-- The plan window with 500 subplans and 2,000 checkpoints, and that it follows a real plan.
return function(t)
  local server = require("pland.server")
  local plans = require("pland.plans")
  local window = require("pland.window")

  -- A real plan first: keys do what they say.
  t.edit("retire-logger.plan.yaml")
  t.must(t.running())
  vim.cmd("Pland")
  local buffer = vim.api.nvim_get_current_buf()
  local function text()
    return table.concat(t.lines(buffer), "\n")
  end
  t.check(text():find("No plan has run here yet", 1, true) ~= nil, "an empty window says how to begin", text())
  vim.cmd("wincmd p")
  vim.cmd("Pland spawn")
  t.must(t.eventually("the window follows the plan to its end", function()
    return text():find("3/3 done, 2 conflicts", 1, true) and text():find("≠ src/net.c  net and storage", 1, true)
  end, text))
  vim.cmd("Pland status")
  t.check(vim.api.nvim_get_current_buf() == buffer, "status goes to the window")
  local function press(keys, pattern)
    if pattern then
      t.must(t.check(vim.fn.search(pattern, "cw") > 0, "there is a line for " .. pattern, text()))
    end
    vim.api.nvim_feedkeys(vim.api.nvim_replace_termcodes(keys, true, false, true), "mx", false)
  end
  press("<Tab>", "✓ net")
  t.check(text():find("\n      build.cfg\n", 1, true) ~= nil, "a subplan unfolds to its files", text())
  press("<Tab>", "✓ net")
  press("<Tab>", "Checkpoints")
  t.eventually("checkpoints unfold", function()
    return text():find("◆ ", 1, true)
  end, text)
  press("3j", "≠ build.cfg")
  local moved = vim.fn.line(".") - vim.fn.search("≠ build.cfg", "nw")
  t.check(moved > 0, "a count moves, as everywhere", moved)
  press("ct", "≠ build.cfg")
  t.eventually("ct takes theirs", function()
    return t.plan().conflicts.open == 1 and not text():find("≠ build.cfg", 1, true)
  end, text)
  press("d", "✓ storage")
  t.eventually("d shows the diff", function()
    return vim.bo.filetype == "diff"
  end)
  vim.cmd("close")
  vim.api.nvim_set_current_win(vim.fn.bufwinid(buffer))
  press("p", "◆ ")
  t.eventually("p shows what rolling back would do", function()
    return vim.api.nvim_buf_get_name(0):find("pland://rollback/", 1, true)
  end)
  vim.cmd("close")
  vim.api.nvim_set_current_win(vim.fn.bufwinid(buffer))
  press("g?")
  t.check(vim.api.nvim_buf_get_name(0) == "pland://keys", "g? lists the keys")
  vim.cmd("close")
  vim.api.nvim_set_current_win(vim.fn.bufwinid(buffer))
  -- A plan that the server does not know any more is not shown for ever.
  local gone, asked = "01ARZ3NDEKTSV4RRFFQ69G5FAV", server.request
  server.request = function(verb, params)
    if params and params.planId == gone then
      return vim.tbl_extend("force", t.plan(), { planId = gone, uri = "file:///gone.plan.yaml", name = "local/gone" })
    end
    return asked(verb, params)
  end
  plans.refresh(gone)
  t.must(t.eventually("a plan is there", function()
    return plans.get(gone) ~= nil and text():find("local/gone", 1, true)
  end))
  server.request = asked
  plans.refresh(gone)
  t.eventually("and goes when the server does not know it", function()
    return plans.get(gone) == nil and not text():find("local/gone", 1, true)
  end, text)
  -- What cannot be asked for is told once, and not asked for again and again.
  local questions = 0
  server.request = function(verb, params)
    if verb == "conflicts" then
      questions = questions + 1
      error({ message = "cannot be told" }, 0)
    end
    return asked(verb, params)
  end
  vim.cmd("Pland checkpoint a new revision")
  t.eventually("a question that fails is told", function()
    return t.noticed("cannot be told") ~= nil
  end)
  local before = questions
  vim.wait(600, function()
    return questions > before + 2
  end, 20)
  t.check(questions <= before + 2, "and not asked ten times a second", questions)
  server.request = asked
  plans.refresh(t.plan().planId)
  t.eventually("asked again, the window is whole", function()
    return text():find("≠ src/net.c", 1, true) ~= nil
  end, text)
  press("<CR>", "≠ src/net.c")
  t.eventually("<CR> on a conflict goes to its line", function()
    return vim.api.nvim_buf_get_name(0):sub(-9) == "src/net.c" and vim.api.nvim_win_get_cursor(0)[1] == 5
  end)
  vim.api.nvim_set_current_win(vim.fn.bufwinid(buffer))
  press("m", "≠ src/net.c")
  t.eventually("m opens the three-way diff", function()
    return #vim.api.nvim_list_tabpages() == 2 and vim.wo.diff
  end)
  vim.cmd("tabclose")
  t.eventually("which can be left", function()
    return #vim.api.nvim_list_tabpages() == 1 and t.find_buffer("/result/src/net.c") == nil
  end)
  vim.api.nvim_set_current_win(vim.fn.bufwinid(buffer))
  vim.cmd("close")

  -- A plan of many parts: the server's answers are made here, so that it is only the window that is measured.
  local many = {
    planId = "99ZZ", name = "local/many", uri = "file:///many.plan.yaml", phase = "execute", state = "processing",
    revision = 1, conflicts = { open = 0, resolved = 0 }, checkpoints = 2000, subplans = {},
  }
  for index = 1, 500 do
    local name = ("part-%03d"):format(index)
    many.subplans[index] = {
      subplanId = "S" .. index, name = name, state = "processing", attempt = 1, filesChanged = { name .. ".txt" },
    }
  end
  local checkpoints = {}
  for index = 1, 2000 do
    checkpoints[index] = {
      checkpointId = ("C%04d"):format(index), planId = "99ZZ", label = "checkpoint " .. index, files = 3, leftOut = {},
      createdAt = "2026-01-01T00:00:00.000Z",
    }
  end
  local asked = { status = 0, checkpoints = 0 }
  local request = server.request
  server.request = function(verb, params)
    if params and params.planId == "99ZZ" then
      if verb == "tree" then
        return { tree = { children = {} } }
      end
      asked[verb] = asked[verb] + 1
      return verb == "status" and vim.deepcopy(many) or { checkpoints = vim.deepcopy(checkpoints) }
    end
    return request(verb, params)
  end
  plans.refresh("99ZZ")
  t.must(t.eventually("the large plan is known", function()
    return plans.get("99ZZ") ~= nil
  end))

  -- Milliseconds of work: what else this machine does is not measured.
  local function took(action)
    local start = os.clock()
    action()
    return (os.clock() - start) * 1000
  end
  local opening = took(function()
    vim.cmd("Pland plans")
  end)
  t.must(t.eventually("it is shown", function()
    return text():find("part-500", 1, true) ~= nil
  end))
  t.check(opening < 100, "with less than 100 ms of work", opening)
  t.check(asked.checkpoints == 0, "checkpoints are not asked for before somebody looks")
  press("<Tab>", "Checkpoints (2000)")
  t.eventually("they unfold a page at a time, the newest first", function()
    return text():find("checkpoint 2000", 1, true) and text():find("… 1980 more", 1, true)
  end, function()
    return #t.lines(buffer)
  end)
  local unfolding = 0
  while vim.fn.search("… \\d* more", "cw") > 0 do
    unfolding = math.max(unfolding, took(function()
      press("<CR>")
    end))
  end
  t.check(text():find("checkpoint 1 ", 1, true) ~= nil, "to the oldest")
  t.check(unfolding < 100, "each with less than 100 ms of work", unfolding)

  -- A burst of changes: the cursor stays where it is, and what is drawn is the last state.
  t.check(vim.fn.search("part-250", "cw") > 0, "the cursor is on a subplan")
  local before = asked.checkpoints
  local longest = 0
  for index = 1, 500 do
    many = vim.deepcopy(many)
    many.subplans[index].state = "complete"
    many.revision = many.revision + 1
    local children = vim.tbl_map(function(subplan)
      return { subplanId = subplan.subplanId, name = subplan.name, state = subplan.state, attempt = 1 }
    end, many.subplans)
    local change = { planId = "99ZZ", revision = many.revision, phase = "execute", state = "processing", children = children }
    local handler = server.lsp_config().handlers["pland/planChanged"]
    longest = math.max(longest, took(function()
      handler(nil, change)
    end))
  end
  t.eventually("500 changes end with the last state", function()
    return text():find("500/500 done", 1, true) ~= nil and not text():find("▶ part", 1, true)
  end, function()
    return t.lines(buffer)[3]
  end)
  t.check(longest < 50, "none of them holds the editor up", longest)
  local drawing = took(window.draw)
  t.say(("     milliseconds: opening %.1f, unfolding %.1f, one change %.1f, drawing %.1f"):format(opening, unfolding, longest, drawing))
  t.check(drawing < 100, "drawing all of it anew is quick", drawing)
  t.check(vim.fn.getline("."):find("part-250", 1, true) ~= nil, "the cursor is still on its subplan", vim.fn.getline("."))
  t.check(asked.checkpoints == before, "2,000 checkpoints are not asked for again when none came", asked)
  t.check(asked.status < 50, "and the state only now and then", asked)
  t.eventually("the questions come to an end", function()
    local count = asked.status
    vim.wait(500, function()
      return asked.status ~= count
    end)
    return asked.status == count
  end)
end
