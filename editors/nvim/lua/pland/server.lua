-- The one server process of this Neovim: started, asked, and started again when it ends by itself. It serves all
-- projects: each is a workspace folder of the one client.
local compat = require("pland.compat")
local config = require("pland.config")
local task = require("pland.task")
local M = {}

M.name = "pland"

local crash_window = 180 -- seconds

local state = {
  id = nil, -- of the client, from start to end
  pid = nil, -- of the process
  ready = false,
  stopped = false, -- by the person: nothing starts it but the person
  stopping = false,
  gave_up = false,
  crashes = {}, -- when it ended by itself, in seconds
  roots = {}, -- folders of the projects, in the order they came
  version = nil,
  waiting = {},
}

local listeners = { ready = {}, gone = {}, changed = {} }

-- "ready": the server answers; "gone": it does not any more; "changed": a plan did, with what it told.
function M.on(event, listener)
  table.insert(listeners[event], listener)
end

local function fire(event, ...)
  if compat.is_exiting() then
    return
  end
  for _, listener in ipairs(listeners[event]) do
    local good, failure = pcall(listener, ...)
    if not good then
      task.report(failure)
    end
  end
end

function M.client()
  return state.ready and state.id and vim.lsp.get_client_by_id(state.id) or nil
end

function M.id()
  return state.id
end

-- "running", "starting", "stopped" (by the person), "failed" or "off" (nothing asked for it yet).
function M.health()
  if state.ready then
    return "running"
  elseif state.id then
    return "starting"
  elseif state.gave_up then
    return "failed"
  elseif state.stopped then
    return "stopped"
  end
  return "off"
end

function M.roots()
  return state.roots
end

function M.version()
  return state.version
end

function M.recent_crashes()
  return #state.crashes
end

local function folder_of(root)
  return { uri = vim.uri_from_fname(root), name = vim.fn.fnamemodify(root, ":t") }
end

local function capabilities()
  local wanted = vim.lsp.protocol.make_client_capabilities()
  wanted.general = wanted.general or {}
  wanted.general.positionEncodings = { "utf-8", "utf-16" }
  wanted.workspace.workspaceEdit.documentChanges = true -- Neovim refuses edits of an older version, but does not say so
  wanted.workspace.codeLens = { refreshSupport = true }
  -- Older ones keep what these tell, but do not say so.
  local diagnostics = wanted.textDocument.publishDiagnostics
  diagnostics.dataSupport, diagnostics.codeDescriptionSupport, diagnostics.relatedInformation = true, true, true
  wanted.experimental = vim.tbl_extend("force", wanted.experimental or {}, { pland = { planChanged = true } })
  return wanted
end

-- After a server is gone Neovim keeps what it said about files that are not open.
local function forget(id)
  vim.diagnostic.reset(vim.lsp.diagnostic.get_namespace(id))
  require("pland.lenses").forget(id)
end

local function on_init(client, result)
  client.offset_encoding = result.capabilities.positionEncoding or "utf-16"
  state.version = result.serverInfo and result.serverInfo.version
  if client.id ~= state.id then
    return
  end
  state.ready = true
  local calls = state.waiting
  state.waiting = {}
  -- Neovim tells the server "initialized" right before this, and about the open files right behind it.
  vim.schedule(function()
    fire("ready")
    for _, call in ipairs(calls) do
      call(M.client())
    end
  end)
end

local function may_restart()
  local now = os.time()
  table.insert(state.crashes, now)
  while state.crashes[1] and state.crashes[1] < now - crash_window do
    table.remove(state.crashes, 1)
  end
  return #state.crashes <= config.get("max_restarts")
end

local function give_up(text)
  state.gave_up = true
  vim.notify("pland: " .. text, vim.log.levels.ERROR)
end

-- Nothing comes any more: who waits for the server is told.
local function release()
  local calls = state.waiting
  state.waiting = {}
  for _, call in ipairs(calls) do
    call(nil)
  end
end

local function ended(code, signal, id)
  if id ~= state.id then
    return
  end
  local was_ready, meant = state.ready, state.stopping
  state.id, state.ready, state.stopping = nil, false, false
  forget(id)
  fire("gone")
  -- Told to end, by us or by whoever manages language servers here.
  if meant or (code == 0 and signal == 0) then
    return release()
  end
  local how = signal ~= 0 and ("signal " .. signal) or ("exit code " .. code)
  if not may_restart() then
    give_up(("the server ended %d times within three minutes (%s) and is not started again by itself. "
      .. "Nothing that was reported is lost. See :checkhealth pland, then :Pland restart."):format(#state.crashes, how))
    return release()
  end
  vim.notify(("pland: the server ended (%s) and is started again."):format(how),
    was_ready and vim.log.levels.WARN or vim.log.levels.INFO)
  M.ensure()
  if not state.id then
    release()
  end
end

-- For vim.lsp.start_client, and what lsp/pland.lua gives to vim.lsp.config.
function M.lsp_config()
  local commands = {}
  for _, verb in ipairs(require("pland.verbs").names) do
    commands["pland." .. verb] = function(command)
      require("pland.verbs").run(verb, (command.arguments or {})[1])
    end
  end
  local handlers = {
    ["pland/planChanged"] = function(_, change)
      fire("changed", change)
    end,
  }
  if not compat.has_lens_capability then
    handlers["workspace/codeLens/refresh"] = function()
      require("pland.lenses").refresh_all()
      return vim.NIL
    end
  end
  return {
    name = M.name,
    cmd = config.get("cmd"),
    cmd_env = config.get("env"),
    capabilities = capabilities(),
    commands = commands,
    handlers = handlers,
    on_init = on_init,
    on_exit = function(code, signal, id)
      -- A Neovim that is on its way out tells nobody, and starts nothing.
      compat.later(function()
        ended(code, signal, id)
      end, 0)
    end,
    on_attach = function(_, buffer)
      require("pland.lenses").watch(buffer)
    end,
  }
end

local function with_roots(settings)
  settings.root_dir = state.roots[1]
  settings.workspace_folders = vim.tbl_map(folder_of, state.roots)
  return settings
end

local function start()
  local settings
  if vim.lsp.config then
    settings = with_roots(vim.deepcopy(vim.lsp.config[M.name]))
  else
    settings = with_roots(M.lsp_config())
  end
  local program = type(settings.cmd) == "table" and settings.cmd[1]
  if program and vim.fn.executable(program) ~= 1 then
    return give_up(("there is no program '%s'. Put pland on your PATH, or name it: "
      .. "vim.g.pland = { cmd = { \"/where/it/is/pland\" } }. Then :Pland restart."):format(program))
  end
  -- Neovim does not tell the process of a client, and one that hangs does not end by being asked.
  local before = vim.api.nvim_get_proc_children(vim.fn.getpid())
  local id
  if vim.lsp.config then
    id = vim.lsp.start(settings, {
      attach = false,
      reuse_client = function()
        return false
      end,
    })
  else
    id = vim.lsp.start_client(settings)
  end
  if not id then
    return give_up("the server did not start: " .. vim.inspect(settings.cmd) .. ". See :checkhealth pland.")
  end
  state.id, state.ready, state.pid = id, false, nil
  for _, pid in ipairs(vim.api.nvim_get_proc_children(vim.fn.getpid())) do
    if not vim.tbl_contains(before, pid) then
      state.pid = pid
    end
  end
end

-- Starts the server if it may be started, makes `root` one of its folders, and answers the client's id.
function M.ensure(root)
  if root and not vim.tbl_contains(state.roots, root) then
    table.insert(state.roots, root)
    local add = function(client)
      if not client then
        return
      end
      client.workspace_folders = client.workspace_folders or {}
      for _, folder in ipairs(client.workspace_folders) do
        if folder.uri == folder_of(root).uri then
          return
        end
      end
      table.insert(client.workspace_folders, folder_of(root))
      compat.notify(client, "workspace/didChangeWorkspaceFolders",
        { event = { added = { folder_of(root) }, removed = {} } })
    end
    if state.ready then
      add(M.client())
    elseif state.id then
      table.insert(state.waiting, 1, add)
    end
  end
  local disabled = vim.lsp.is_enabled and vim.lsp.config and not vim.lsp.is_enabled(M.name)
  if not state.id and not state.stopped and not state.gave_up and not disabled and #state.roots > 0 then
    start()
    if state.id then
      require("pland.attach").all()
    end
  end
  return state.id
end

-- Calls back with the client as soon as it answers, or with nothing when there is none.
function M.when_ready(call)
  if state.ready then
    return call(M.client())
  elseif state.id then
    return table.insert(state.waiting, call)
  end
  call(nil)
end

-- Ends the server, also one that hangs; calls done() when it is gone.
local function finish(client, done)
  local old, rounds = state.id, 0
  state.stopping = true
  local function watch()
    if state.id ~= old then
      return done()
    end
    rounds = rounds + 1
    if rounds == 150 then -- three seconds: it hangs
      if state.pid then
        compat.uv.kill(state.pid, "sigkill")
      else
        compat.stop(client, true)
      end
    end
    compat.later(watch, 20)
  end
  compat.stop(client)
  watch()
end

function M.stop()
  state.stopped = true
  local client = state.id and vim.lsp.get_client_by_id(state.id)
  if client then
    finish(client, function() end)
  end
end

-- Starts it anew, also one that was stopped or had failed too often.
function M.restart()
  state.stopped, state.gave_up, state.crashes = false, false, {}
  local client = state.id and vim.lsp.get_client_by_id(state.id)
  if not client then
    return M.ensure()
  end
  finish(client, function()
    state.stopped = false
    M.ensure()
  end)
end

-- Why nothing answers, for the person.
function M.lacking()
  if state.gave_up or state.stopped then
    return "the server does not run. :Pland restart starts it."
  end
  return "nothing here has a plan yet: open a plan file (*.plan.yaml), or write one."
end

M.unanswered = {} -- each question that waits -> what ends it

-- Asks the server from within a task: its answer, or an error {message, data}.
function M.request(verb, params)
  local client = task.await(M.when_ready)
  if not client then
    return task.refuse(M.lacking())
  end
  local failure, answer = task.await(function(done)
    local over = false
    local function once(...)
      M.unanswered[done] = nil
      if not over then
        over = true
        done(...)
      end
    end
    M.unanswered[done] = once
    local sent = compat.request(client, "pland/" .. verb, params or vim.empty_dict(), once)
    if not sent then
      once({ message = "the server has just ended; try again." })
    end
  end)
  if failure then
    error(failure, 0)
  end
  return answer
end

M.on("gone", function()
  local calls = M.unanswered
  M.unanswered = {}
  for _, call in pairs(calls) do
    call({ message = "the server ended before it answered; look at :Pland status, then try again." })
  end
end)

-- For what cannot wait (completion of a command line, writing a buffer): answer, or nothing and the failure's text.
function M.request_now(verb, params, timeout)
  local client = M.client()
  if not client then
    return nil, M.lacking()
  end
  local answer, problem = compat.request_sync(client, "pland/" .. verb, params or vim.empty_dict(), timeout or 1000, 0)
  if not answer then
    return nil, problem or "no answer"
  elseif answer.err then
    return nil, answer.err.message
  end
  return answer.result
end

return M
