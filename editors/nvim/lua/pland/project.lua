-- Which project a file belongs to, and whether that project has anything to do with plans.
local compat = require("pland.compat")
local M = {}

function M.is_plan(file)
  return file:match("%.plan%.ya?ml$") ~= nil or file:match("%.plan%.json$") ~= nil
end

local function exists(path)
  return compat.uv.fs_stat(path) ~= nil
end

local function parent_of(path)
  local parent = vim.fn.fnamemodify(path, ":h")
  return parent ~= path and parent or nil
end

local root_of_folder = {}

-- The git work tree that holds the folder. `.git` is a file in linked work trees.
local function git_root(folder)
  if root_of_folder[folder] then
    return root_of_folder[folder]
  end
  local at = folder
  while at do
    if exists(at .. "/.git") then
      root_of_folder[folder] = at
      return at
    end
    at = parent_of(at)
  end
end

local function holds_plan_file(folder)
  local handle = compat.uv.fs_scandir(folder)
  while handle do
    local name = compat.uv.fs_scandir_next(handle)
    if not name then
      return false
    elseif M.is_plan(name) then
      return true
    end
  end
  return false
end

-- The project of a file: its git work tree; without git, the nearest folder above it that holds a plan file, or its own.
function M.root_of(file)
  local folder = vim.fn.fnamemodify(file, ":p:h")
  local root = git_root(folder)
  if root then
    return root
  end
  local at = folder
  while at do
    if holds_plan_file(at) then
      return at
    end
    at = parent_of(at)
  end
  return folder
end

-- One project has one name here, however its folder was reached.
function M.key(root)
  return compat.realpath(root)
end

-- Runs git in `root`; done(true) when it printed something.
local function git_prints(root, arguments, done)
  local out = compat.uv.new_pipe(false)
  local printed, handle = false, nil
  local command = { "-C", root }
  vim.list_extend(command, arguments)
  handle = compat.uv.spawn("git", { args = command, stdio = { nil, out, nil } }, function()
    handle:close()
  end)
  if not handle then
    out:close()
    return done(false)
  end
  out:read_start(function(_, chunk)
    if chunk then
      printed = printed or #chunk > 0
      return
    end
    out:close()
    compat.later(function()
      done(printed)
    end, 0)
  end)
end

local asked = {} -- key of a root -> "asking", true or false
local waiting = {} -- key of a root -> what to call

-- Calls done(true) when the project holds a plan file, or has plans that are not finished. Never blocks.
function M.has_plans(root, done)
  local key = M.key(root)
  if asked[key] == true or asked[key] == false then
    return done(asked[key])
  end
  waiting[key] = waiting[key] or {}
  table.insert(waiting[key], done)
  if asked[key] == "asking" then
    return
  end
  asked[key] = "asking"
  local function answer(has)
    asked[key] = has
    local calls = waiting[key] or {}
    waiting[key] = nil
    for _, call in ipairs(calls) do
      call(has)
    end
  end
  if not exists(root .. "/.git") then
    return answer(holds_plan_file(root))
  end
  -- A live plan has a reference in the repository.
  git_prints(root, { "for-each-ref", "--count=1", "refs/pland/" }, function(live)
    if live then
      return answer(true)
    end
    local patterns = { "*.plan.yaml", "*.plan.yml", "*.plan.json" }
    local files = { "ls-files", "--cached", "--others", "--exclude-standard", "--" }
    git_prints(root, vim.list_extend(files, patterns), answer)
  end)
end

-- Plan files of a project, for pickers: tracked and new ones.
function M.plan_files(root)
  local found = {}
  if exists(root .. "/.git") then
    local command = { "git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--",
      "*.plan.yaml", "*.plan.yml", "*.plan.json" }
    -- system() gives a NUL as \1.
    local names = vim.fn.system(command)
    if vim.v.shell_error == 0 then
      for name in names:gmatch("[^%z\1]+") do
        table.insert(found, root .. "/" .. name)
      end
    end
  else
    for _, pattern in ipairs({ "*.plan.yaml", "*.plan.yml", "*.plan.json" }) do
      vim.list_extend(found, vim.fn.globpath(root, pattern, false, true))
    end
  end
  table.sort(found)
  return found
end

-- What was not so may have become so: plans made elsewhere, another branch.
function M.forget_refusals()
  for key, has in pairs(asked) do
    if has == false then
      asked[key] = nil
    end
  end
  root_of_folder = {}
end

return M
