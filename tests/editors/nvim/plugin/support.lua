-- What the tests of the plugin share. Each test is a file that answers a function; run.sh runs it in a Neovim of its own.
local M = { passed = 0, failed = 0, notices = {} }

function M.say(text)
  io.stdout:write(text .. "\n")
  io.stdout:flush()
end

function M.check(holds, name, detail)
  if holds then
    M.passed = M.passed + 1
  else
    M.failed = M.failed + 1
  end
  if detail ~= nil and type(detail) ~= "string" then
    detail = vim.inspect(detail)
  end
  M.say((holds and "ok   " or "FAIL ") .. name .. ((detail and not holds) and (": " .. detail) or ""))
  return holds
end

function M.same(got, wanted, name)
  return M.check(vim.deep_equal(got, wanted), name, not vim.deep_equal(got, wanted)
    and ("wanted %s, got %s"):format(vim.inspect(wanted), vim.inspect(got)) or nil)
end

-- Waits for a state, never for a time; `name` is what a person would wait for.
function M.eventually(name, condition, detail)
  local holds = vim.wait(30000, condition, 20)
  local text = nil
  if not holds then
    text = vim.inspect({ notices = M.notices, detail = detail and detail() or nil })
  end
  return M.check(holds, name, text)
end

-- Without what follows, a failed step makes every later one wait in vain.
function M.must(holds)
  if not holds then
    error("stopped: the steps behind this one need it", 0)
  end
end

-- Nobody sits here: plan files of the tests may run. test_trust.lua is about being asked.
vim.g.pland = { confirm_commands = "never" }

vim.notify = function(text, level)
  table.insert(M.notices, { text = text, level = level })
end
-- 0.13 says what is deprecated by itself; we must not use any.
if vim.deprecate then
  vim.deprecate = function(name)
    M.check(false, "nothing deprecated is used", name .. "\n" .. debug.traceback())
  end
end

function M.noticed(text)
  for _, notice in ipairs(M.notices) do
    if notice.text:find(text, 1, true) then
      return notice
    end
  end
end

function M.count_noticed(text)
  return #vim.tbl_filter(function(notice)
    return notice.text:find(text, 1, true) ~= nil
  end, M.notices)
end

-- A person who picks the entry that has `wanted` in it.
M.offered = {}
function M.answer_with(wanted)
  vim.ui.select = function(items, options, choose)
    M.offered = {}
    local choice, index = nil, nil
    for i, item in ipairs(items) do
      local title = options.format_item and options.format_item(item) or tostring(item)
      table.insert(M.offered, title)
      if not choice and title:lower():find(wanted, 1, true) then
        choice, index = item, i
      end
    end
    choose(choice, index)
  end
end

-- A person who presses the button of that number when asked.
M.questions = {}
function M.confirm_with(number)
  vim.fn.confirm = function(text)
    table.insert(M.questions, text)
    return number
  end
end

-- A question that nobody here answers would wait for ever.
vim.ui.select = function(items, options, choose)
  M.check(false, "nothing is asked that the test does not answer", { options.prompt, items })
  choose(nil)
end
vim.fn.confirm = function(text)
  M.check(false, "nothing is asked that the test does not answer", text)
  return 0
end

function M.file(name)
  return vim.env.REPO .. "/" .. name
end

function M.edit(name)
  vim.cmd("edit " .. vim.fn.fnameescape(name:sub(1, 1) == "/" and name or M.file(name)))
  return vim.api.nvim_get_current_buf()
end

function M.lines(buffer)
  return vim.api.nvim_buf_get_lines(buffer, 0, -1, false)
end

function M.on_disk(name)
  return vim.fn.readfile(name:sub(1, 1) == "/" and name or M.file(name), "b")
end

function M.diagnostics(buffer, code)
  return vim.tbl_filter(function(diagnostic)
    local lsp = diagnostic.user_data and diagnostic.user_data.lsp or {}
    return diagnostic.source == "pland" and (diagnostic.code or lsp.code) == code
  end, vim.diagnostic.get(buffer))
end

function M.conflict_at(name)
  local buffer = vim.fn.bufadd(name:sub(1, 1) == "/" and name or M.file(name))
  return M.diagnostics(buffer, "merge-conflict")
end

function M.running()
  local server = require("pland.server")
  return M.eventually("the server runs", function()
    return server.client() ~= nil
  end)
end

function M.attached(buffer)
  local id = require("pland.server").id()
  return id ~= nil and vim.lsp.buf_is_attached(buffer, id)
end

-- The newest plan as the plugin knows it.
function M.plan()
  return require("pland.plans").current()[1]
end

function M.need()
  local plan = M.plan()
  return plan and require("pland.plans").is_whole(plan.planId) and require("pland.words").need_of(plan)
end

-- The servers that were started, oldest first.
function M.server_pids()
  if vim.fn.filereadable(vim.env.PLAND_PIDS) == 0 then
    return {}
  end
  return vim.tbl_map(tonumber, vim.fn.readfile(vim.env.PLAND_PIDS))
end

-- Buffers whose name ends so.
function M.find_buffer(ending)
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    if vim.api.nvim_buf_get_name(buffer):sub(-#ending) == ending then
      return buffer
    end
  end
end

function M.lenses(buffer)
  local titles = {}
  if vim.lsp.codelens.enable then
    for _, each in ipairs(vim.lsp.codelens.get({ bufnr = buffer })) do
      table.insert(titles, each.lens.command.title)
    end
    return titles
  end
  for _, lens in ipairs(vim.lsp.codelens.get(buffer)) do
    table.insert(titles, lens.command and lens.command.title or "")
  end
  return titles
end

function M.run(main)
  local good, failure = xpcall(main, function(text)
    return type(text) == "string" and text:match("^stopped:") and text or debug.traceback(vim.inspect(text))
  end)
  if not good then
    M.failed = M.failed + 1
    M.say("FAIL " .. failure)
  end
  if vim.v.errmsg ~= "" then
    M.check(false, "Neovim had nothing to complain of", vim.v.errmsg)
  end
  M.say(M.passed .. " passed, " .. M.failed .. " failed")
  vim.cmd(M.failed == 0 and "qall!" or "cquit 1")
end

return M
