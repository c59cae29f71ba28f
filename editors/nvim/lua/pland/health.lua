-- :checkhealth pland
local config = require("pland.config")
local server = require("pland.server")
local M = {}

-- vim.health has had three shapes: none (0.7), report_*, and plain names.
local function reporter()
  local health = vim.health
  if health and health.start then
    return health
  end
  health = health or require("health")
  return {
    start = health.report_start,
    ok = health.report_ok,
    warn = health.report_warn,
    error = health.report_error,
    info = health.report_info,
  }
end

local function first_line(command)
  local text = vim.fn.system(command)
  if vim.v.shell_error ~= 0 then
    return nil
  end
  return text:match("^[^\n]*")
end

local function check_program(say)
  local program = config.get("cmd")[1]
  if vim.fn.executable(program) ~= 1 then
    return say.error(("there is no program '%s'"):format(program), {
      "Build it: ./dev build in pland's repository, then put build/release/pland and pland-supervisor on your PATH.",
      'Or say where it is: vim.g.pland = { cmd = { "/where/it/is/pland" } }',
    })
  end
  local path = vim.fn.exepath(program)
  local version = first_line({ path, "--version" })
  if version then
    say.ok(("%s: %s"):format(path, version))
  else
    say.error(path .. " does not run: `" .. path .. " --version` failed")
  end
  local real = require("pland.compat").realpath(path)
  local beside = vim.fn.fnamemodify(real, ":h") .. "/pland-supervisor"
  if vim.fn.executable(beside) == 1 or vim.fn.executable("pland-supervisor") == 1 then
    say.ok("pland-supervisor is there")
  else
    say.error("there is no pland-supervisor beside " .. real, { "Install it from the same build, into the same folder." })
  end
end

local function check_server(say)
  local health = server.health()
  if health == "running" then
    say.ok("the server runs" .. (server.version() and ", version " .. server.version() or ""))
    say.info("positions: " .. server.client().offset_encoding)
    for _, root in ipairs(server.roots()) do
      say.info("project: " .. root)
    end
  elseif health == "failed" then
    say.error("the server did not start, or ended too often", { ":Pland output shows what it said", ":Pland restart" })
  elseif health == "stopped" then
    say.warn("the server was stopped", { ":Pland restart starts it" })
  else
    say.info("the server is " .. health .. ": it starts with the first file of a project that has a plan file")
  end
  if server.recent_crashes() > 0 then
    say.warn(("it ended by itself %d times in the last minutes"):format(server.recent_crashes()),
      { ":Pland output shows what it said" })
  end
end

function M.check()
  local say = reporter()
  say.start("pland: Neovim")
  local version = vim.version()
  say.ok(("Neovim %d.%d.%d (0.7 and newer work)"):format(version.major, version.minor, version.patch))
  local problems = config.problems()
  if #problems == 0 then
    say.ok("the settings are right")
  end
  for _, problem in ipairs(problems) do
    say.error("settings: " .. problem, { "See :help pland-settings" })
  end
  if vim.g.loaded_pland ~= true then
    say.error("plugin/pland.lua was not loaded", { "Is editors/nvim on your 'runtimepath'?" })
  end

  say.start("pland: programs")
  check_program(say)
  local git = first_line({ "git", "--version" })
  if git then
    say.ok(git)
  else
    say.error("there is no git", { "Install git: without it projects with plans are not found" })
  end

  say.start("pland: server")
  check_server(say)
end

return M
