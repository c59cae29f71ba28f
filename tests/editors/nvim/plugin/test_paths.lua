-- Folders and files with unusual names, and texts with unusual lines: the right file, the right lines.
local names = { "späße #1 %41/größe [x].txt", "a b/tab\there.txt", "日本/😀.txt" }

local function write(file, text)
  vim.fn.mkdir(vim.fn.fnamemodify(file, ":h"), "p")
  local handle = assert(io.open(file, "wb"))
  handle:write(text)
  handle:close()
end

local function read(file)
  local handle = assert(io.open(file, "rb"))
  local text = handle:read("*a")
  handle:close()
  return text
end

local function quote(text)
  return "'" .. text .. "'"
end

return function(t)
  vim.o.fixendofline = false -- what a file ends with is the person's
  local root = vim.env.WORK .. "/Projekt ü #2"
  for _, name in ipairs(names) do
    write(root .. "/" .. name, "😀 eins\nzwei\ndrei")
  end
  write(root .. "/dos.txt", "\tone\r\n\ttwo 😀\r\nthree\r\nfour\r\n")
  local function work(word)
    local lines = {}
    for _, name in ipairs(names) do
      table.insert(lines, ("      sed -i 's/zwei/%s/' %s"):format(word, quote(name)))
    end
    table.insert(lines, ("      sed -i 's/two/%s/' dos.txt"):format(word))
    return table.concat(lines, "\n")
  end
  local plan_file = root .. "/Pläne/ünicode #3.plan.yaml"
  write(plan_file, table.concat({
    "plan: local/paths",
    "goal: Two changes that meet",
    "subplans:",
    "  - name: left",
    "    goal: Left",
    "    run: |",
    work("deux"),
    "  - name: right",
    "    goal: Right",
    "    run: |",
    work("dos"),
    "",
  }, "\n"))
  vim.fn.system({ "git", "-C", root, "init", "-q" })

  t.edit(plan_file)
  t.must(t.running())
  vim.cmd("Pland spawn")
  t.must(t.eventually("the plan comes to need somebody", function()
    return t.need() == "conflicts"
  end, function()
    return t.plan()
  end))
  t.same(t.plan().conflicts.open, 4, "all four files clash")
  for _, name in ipairs(names) do
    local file = root .. "/" .. name
    local buffer = t.edit(file)
    t.eventually("the conflict is shown in " .. vim.fn.strtrans(name), function()
      local found = t.diagnostics(buffer, "merge-conflict")
      return #found == 1 and found[1].lnum == 1
    end, function()
      return vim.diagnostic.get()
    end)
  end

  -- Resolved by hand in the three-way diff: the line ends and the missing one at the end stay what they are.
  local function merge(file, line, wanted)
    t.edit(file)
    t.eventually("the conflict is on its line", function()
      local found = t.diagnostics(vim.api.nvim_get_current_buf(), "merge-conflict")
      return #found == 1 and found[1].lnum == line - 1
    end)
    vim.api.nvim_win_set_cursor(0, { line, 0 })
    vim.cmd("Pland merge")
    t.must(t.eventually("the three-way diff opens", function()
      return #vim.api.nvim_list_tabpages() == 2
    end))
    local result = vim.api.nvim_get_current_buf()
    local first = vim.fn.search("^<<<<<<< ", "cw")
    local last = vim.fn.search("^>>>>>>> ", "nw")
    vim.api.nvim_buf_set_lines(result, first - 1, last, false, wanted)
    local open = t.plan().conflicts.open
    vim.cmd("write")
    t.must(t.eventually("and resolves it", function()
      return #vim.api.nvim_list_tabpages() == 1 and t.plan().conflicts.open == open - 1
    end))
  end
  merge(root .. "/" .. names[1], 2, { "zwei, von Hand: ß" })
  merge(root .. "/dos.txt", 2, { "\tboth 😀", "\tof them" })

  t.edit(root .. "/" .. names[2])
  vim.api.nvim_win_set_cursor(0, { 2, 0 })
  t.answer_with("(theirs)")
  vim.lsp.buf.code_action()
  t.must(t.eventually("a code action resolves one", function()
    return t.plan().conflicts.open == 1
  end))
  t.edit(root .. "/" .. names[3])
  vim.api.nvim_win_set_cursor(0, { 2, 0 })
  vim.cmd("Pland resolve both")
  t.must(t.eventually("and a command the last", function()
    return t.need() == "apply"
  end))
  vim.cmd("Pland apply")
  t.must(t.eventually("the plan is applied", function()
    return t.noticed("applied 4 files") ~= nil
  end))
  vim.cmd("silent wall")
  t.same(read(root .. "/" .. names[1]), "😀 eins\nzwei, von Hand: ß\ndrei", "by hand, without a line end at the end")
  t.same(read(root .. "/dos.txt"), "\tone\r\n\tboth 😀\r\n\tof them\r\nthree\r\nfour\r\n", "by hand, with CRLF")
  t.same(read(root .. "/" .. names[2]), "😀 eins\ndos\ndrei", "theirs")
  t.same(read(root .. "/" .. names[3]), "😀 eins\ndeux\ndos\ndrei", "both")

  t.answer_with("ünicode")
  local offered = require("pland.commands").complete("", "Pland spawn ", 12)
  t.check(#offered == 1 and offered[1]:find("ünicode", 1, true) ~= nil, "completion offers the plan file", offered)
end
