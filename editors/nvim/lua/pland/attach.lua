-- Which buffers the server sees: plan files, and every file of a project that has to do with plans. Conflicts are
-- shown in those, and what is typed there is part of a plan's base.
local project = require("pland.project")
local server = require("pland.server")
local M = {}

local active = {} -- key of a root -> root, as it was first reached

local function file_of(buffer)
  if not vim.api.nvim_buf_is_loaded(buffer) or vim.bo[buffer].buftype ~= "" then
    return nil
  end
  local name = vim.api.nvim_buf_get_name(buffer)
  if name == "" or name:match("^%a[%w+.-]+://") then
    return nil
  end
  return name
end

local function attach(buffer)
  local id = server.id()
  if id and not vim.lsp.buf_is_attached(buffer, id) then
    vim.lsp.buf_attach_client(buffer, id)
  end
end

local function activate(root)
  local key = project.key(root)
  if active[key] then
    return
  end
  active[key] = root
  server.ensure(root)
  M.all()
end

-- Looks at one buffer, and attaches it now or as soon as it is known to belong to a plan.
function M.consider(buffer)
  local file = file_of(buffer)
  if not file then
    return
  end
  local root = project.root_of(file)
  if project.is_plan(file) then
    activate(root)
  end
  if active[project.key(root)] then
    server.ensure()
    return attach(buffer)
  end
  project.has_plans(root, function(has)
    if has then
      activate(root)
    end
  end)
end

-- All buffers of projects that are known to have plans: after the server started, or a project became one.
function M.all()
  for _, buffer in ipairs(vim.api.nvim_list_bufs()) do
    local file = file_of(buffer)
    if file and active[project.key(project.root_of(file))] then
      attach(buffer)
    end
  end
end

-- Makes the project of the current file, or else the current folder, one that the server serves: a person asked.
function M.here()
  local file = file_of(vim.api.nvim_get_current_buf())
  local root = project.root_of(file or (vim.fn.getcwd() .. "/."))
  return root
end

function M.activate(root)
  activate(root)
  server.ensure(root)
end

return M
