-- The main job as a person does it in Neovim: open a plan, run its lens, resolve the conflict in the source file by
-- a code action, apply. Run by run.sh; env REPO, ENCODING. Works on Neovim 0.7 and newer.
local passed, failed = 0, 0

local function say(text)
  io.stdout:write(text .. "\n")
  io.stdout:flush()
end

local function check(holds, name, detail)
  if holds then
    passed = passed + 1
  else
    failed = failed + 1
  end
  say((holds and "ok   " or "FAIL ") .. name .. ((detail and not holds) and (": " .. tostring(detail)) or ""))
  return holds
end

-- Waits for a state, never for a time; `name` is what a person would wait for.
local function eventually(name, condition, detail)
  local holds = vim.wait(30000, condition, 20)
  return check(holds, name, not holds and detail and detail() or nil)
end

-- Without what follows, a failed step makes every later one wait in vain.
local function must(holds)
  if not holds then
    error("stopped: the steps behind this one need it", 0)
  end
end

-- The documented configuration, with the encoding under test.
local encoding = vim.env.ENCODING
local exit_code = nil
local start_client = vim.lsp.start_client
vim.lsp.start_client = function(configuration)
  configuration.capabilities.general.positionEncodings = { encoding }
  local on_exit = configuration.on_exit
  configuration.on_exit = function(code, signal, id)
    exit_code = code
    on_exit(code, signal, id)
  end
  return start_client(configuration)
end

local messages = {}
vim.notify = function(text)
  table.insert(messages, text)
end

-- A person who picks the entry whose title has `wanted` in it.
local seen_titles = {}
local function answer_with(wanted)
  vim.ui.select = function(items, options, choose)
    seen_titles = {}
    local choice, index = nil, nil
    for i, item in ipairs(items) do
      local title = options.format_item and options.format_item(item) or tostring(item)
      table.insert(seen_titles, title)
      if not choice and title:lower():find(wanted, 1, true) then
        choice, index = item, i
      end
    end
    choose(choice, index)
  end
end

local function edit(name)
  vim.cmd("edit " .. vim.fn.fnameescape(vim.env.REPO .. "/" .. name))
  return vim.api.nvim_get_current_buf()
end

local function lines_of(buffer)
  return vim.api.nvim_buf_get_lines(buffer, 0, -1, false)
end

local function on_disk(name)
  return vim.fn.readfile(vim.env.REPO .. "/" .. name)
end

local function code_of(diagnostic)
  local lsp = diagnostic.user_data and diagnostic.user_data.lsp or {}
  return diagnostic.code or lsp.code
end

local function diagnostics(buffer, code)
  return vim.tbl_filter(function(diagnostic)
    return code_of(diagnostic) == code
  end, vim.diagnostic.get(buffer))
end

local function main()
  local version = vim.version()
  say(("Neovim %d.%d.%d"):format(version.major, version.minor, version.patch))

  local plan = edit("greeting.plan.yaml")
  local client = nil
  must(eventually("pland starts with the plan file", function()
    client = vim.tbl_values(vim.lsp.buf_get_clients(plan))[1]
    return client and client.initialized
  end, function()
    return table.concat(messages, "; ")
  end))
  check(client.offset_encoding == encoding, "the encoding " .. encoding .. " is agreed", client.offset_encoding)

  local function request(method, params, buffer)
    local answer, failure = client.request_sync(method, params, 30000, buffer)
    return answer and answer.result, failure or (answer and answer.err and answer.err.message)
  end

  -- Problems of a plan file stand at the right bytes, behind a character outside the basic plane.
  local mistake = edit("mistake.plan.yaml")
  eventually("a problem in a plan file is shown", function()
    return #diagnostics(mistake, "unknown-key") == 1
  end)
  local problem = diagnostics(mistake, "unknown-key")[1] or {}
  local line = lines_of(mistake)[1]
  check(problem.col and line:sub(problem.col + 1, problem.end_col) == "gaol", "its columns are those of the key",
    problem.col and line:sub(problem.col + 1, problem.end_col))
  vim.api.nvim_buf_set_lines(mistake, 0, 1, false, { (line:gsub("gaol", "done")) })
  eventually("and it goes when the key is mended", function()
    return #vim.diagnostic.get(mistake) == 0
  end)
  vim.cmd("edit!")

  -- Spawn, the way the documentation says: cursor on the line, run the code lens.
  vim.api.nvim_set_current_buf(plan)
  local function lens(command)
    for _, one in ipairs(vim.lsp.codelens.get(plan)) do
      if one.command and one.command.command == command then
        return one
      end
    end
  end
  must(eventually("the plan has a Spawn lens", function()
    vim.api.nvim_set_current_buf(plan)
    vim.lsp.codelens.refresh()
    return vim.wait(500, function()
      return lens("pland.spawn") ~= nil
    end, 20)
  end))
  local spawn = lens("pland.spawn")
  check(spawn.command.arguments[1].uri == vim.uri_from_bufnr(plan), "its argument is the plan's uri",
    vim.inspect(spawn.command.arguments))
  vim.api.nvim_win_set_cursor(0, { spawn.range.start.line + 1, 0 })
  answer_with("spawn")
  vim.lsp.codelens.run()

  -- The conflict comes to the source file, which is not open.
  local greet = vim.fn.bufadd(vim.env.REPO .. "/greet.txt")
  must(eventually("the conflict is shown in the source file", function()
    return #diagnostics(greet, "merge-conflict") == 1
  end, function()
    return vim.inspect({ messages = messages, plans = request("pland/status", vim.empty_dict(), plan) })
  end))
  local conflict = diagnostics(greet, "merge-conflict")[1]
  check(conflict.lnum == 1, "on the line that both changed", conflict.lnum)
  check(conflict.severity == vim.diagnostic.severity.ERROR, "as an error")
  check(conflict.source == "pland", "from pland", conflict.source)
  check(#vim.diagnostic.get(vim.fn.bufadd(vim.env.REPO .. "/list.txt")) == 0, "and not in the file that merged")
  check(vim.deep_equal(on_disk("greet.txt"), { "first line", "second line 😀 says hello", "third line" }),
    "the user's file is untouched before apply")

  local status
  eventually("the plan comes to its end", function()
    status = request("pland/status", vim.empty_dict(), plan)
    return status and status.plans and status.plans[1] and status.plans[1].state == "errored"
  end, function()
    return vim.inspect(status)
  end)
  local plan_id = status and status.plans and status.plans[1] and status.plans[1].planId
  must(check(plan_id ~= nil, "pland/status names the plan", vim.inspect(status)))
  local _, refusal = request("workspace/executeCommand",
    { command = "pland.apply", arguments = { { planId = plan_id } } }, plan)
  check(refusal and refusal:find("greet.txt", 1, true), "apply before the resolution names the path", refusal)

  local hover = request("textDocument/hover", {
    textDocument = { uri = vim.uri_from_bufnr(plan) },
    position = { line = 4, character = 11 },
  }, plan)
  local shown = hover and (hover.contents.value or vim.inspect(hover.contents)) or ""
  check(shown:lower():find("done", 1, true), "hover on a subplan says how it went", shown)

  -- The diagnostic follows what is typed above it.
  edit("greet.txt")
  vim.api.nvim_buf_set_lines(greet, 0, 0, false, { "typed by hand" })
  vim.cmd("let &undolevels = &undolevels") -- what is typed is an undo step of its own
  eventually("the conflict moves with the text typed above it", function()
    local now = diagnostics(greet, "merge-conflict")
    return #now == 1 and now[1].lnum == 2
  end)
  conflict = diagnostics(greet, "merge-conflict")[1] or conflict
  local last = lines_of(greet)[conflict.end_lnum + 1] or ""
  check(conflict.end_col <= #last, "and ends inside its line, in bytes", conflict.end_col .. " of " .. #last)

  -- Resolve by the code action, as a person: cursor on the line, pick an entry.
  vim.api.nvim_win_set_cursor(0, { 3, 0 })
  answer_with("theirs")
  vim.lsp.buf.code_action()
  eventually("the conflict goes when a side is taken", function()
    return #diagnostics(greet, "merge-conflict") == 0
  end, function()
    return vim.inspect({ titles = seen_titles, messages = messages })
  end)
  check(lines_of(greet)[3] == "second line 😀 says hello", "resolving does not touch the buffer", lines_of(greet)[3])
  for _, side in ipairs({ "ours", "both", "base" }) do
    local offered = vim.tbl_filter(function(title)
      return title:lower():find(side, 1, true)
    end, seen_titles)
    check(#offered > 0, "the other choice '" .. side .. "' was offered", vim.inspect(seen_titles))
  end

  -- A file that the plan deletes is open, and typed into at the moment when the deletion comes.
  local old = edit("old.txt")
  must(eventually("pland follows the file that the plan deletes", function()
    return vim.lsp.buf_get_clients(old)[client.id] ~= nil
  end))
  -- Neovim compares versions only of documents that were changed since they were opened.
  vim.api.nvim_buf_set_lines(old, 0, 1, false, { lines_of(old)[1] .. " at all" })
  vim.api.nvim_buf_set_lines(old, 0, 1, false, { on_disk("old.txt")[1] })
  local apply_edit = vim.lsp.handlers["workspace/applyEdit"]
  vim.lsp.handlers["workspace/applyEdit"] = function(...)
    vim.lsp.handlers["workspace/applyEdit"] = apply_edit
    vim.api.nvim_buf_set_lines(old, 0, 0, false, { "typed at that moment" })
    return apply_edit(...)
  end
  local _, kept = request("workspace/executeCommand",
    { command = "pland.apply", arguments = { { planId = plan_id } } }, old)
  check(kept and kept:find("old.txt", 1, true), "the deletion of what is typed into is refused", kept)
  check(vim.api.nvim_buf_is_loaded(old) and lines_of(old)[1] == "typed at that moment", "and what was typed is kept",
    vim.inspect(lines_of(old)))
  check(#on_disk("old.txt") == 2, "and the file is there", vim.inspect(on_disk("old.txt")))
  vim.api.nvim_buf_set_lines(old, 0, 1, false, {})
  request("pland/status", vim.empty_dict(), old) -- a request from the buffer also tells what was typed there
  vim.api.nvim_set_current_buf(greet)

  -- Apply: the open buffer is edited in place, the file that is not open on disk.
  local applied, failure = request("workspace/executeCommand",
    { command = "pland.apply", arguments = { { planId = plan_id } } }, plan)
  must(check(applied and applied.operationId, "apply answers what it did", failure or vim.inspect(applied)))
  eventually("the open buffer has the typed line and the chosen side", function()
    return vim.deep_equal(lines_of(greet), { "typed by hand", "first line", "second line 😀 says hi", "third line" })
  end, function()
    return vim.inspect(lines_of(greet))
  end)
  check(vim.deep_equal(on_disk("greet.txt"), { "first line", "second line 😀 says hello", "third line" }),
    "its file waits for :write", vim.inspect(on_disk("greet.txt")))
  eventually("the file that is not open has both results", function()
    return vim.deep_equal(on_disk("list.txt"),
      { "alpha", "beta of polite", "gamma", "delta", "epsilon", "zeta of casual", "eta" })
  end, function()
    return vim.inspect(on_disk("list.txt"))
  end)
  check(vim.fn.filereadable(vim.env.REPO .. "/old.txt") == 0 and not vim.api.nvim_buf_is_valid(old),
    "the file that the plan deletes is gone, and its buffer")
  vim.cmd("silent undo")
  check(lines_of(greet)[3] == "second line 😀 says hello", "undo takes the edit back", lines_of(greet)[3])
  vim.cmd("silent redo")
  vim.cmd("silent write")
  check(vim.deep_equal(on_disk("greet.txt"),
    { "typed by hand", "first line", "second line 😀 says hi", "third line" }), ":write saves it")

  vim.lsp.stop_client(client.id)
  eventually("pland ends when it is told to", function()
    return exit_code ~= nil
  end)
  check(exit_code == 0, "with exit code 0", exit_code)
end

local good, failure = xpcall(main, function(text)
  return type(text) == "string" and text:match("^stopped:") and text or debug.traceback(text)
end)
if not good then
  failed = failed + 1
  say("FAIL " .. failure)
end
say(passed .. " passed, " .. failed .. " failed")
vim.cmd(failed == 0 and "qall!" or "cquit 1")
