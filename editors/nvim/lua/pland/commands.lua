-- :Pland VERB [arguments], and what completes it.
local attach = require("pland.attach")
local plans = require("pland.plans")
local project = require("pland.project")
local server = require("pland.server")
local task = require("pland.task")
local verbs = require("pland.verbs")
local words = require("pland.words")
local M = {}

local sides = { "ours", "theirs", "both", "base" }

-- A plan by its id, name or short name; a subplan by its id or name. { planId } or { subplanId }
local function find(text, only)
  local found = {}
  for _, plan in ipairs(plans.current()) do
    if only ~= "subplan" and (plan.planId == text or plan.name == text or words.short_name(plan.name) == text) then
      table.insert(found, { planId = plan.planId })
    end
    for _, owner in ipairs(only == "plan" and {} or plans.with_children(plan)) do
      for _, subplan in ipairs(owner.subplans) do
        local whole = plans.title(owner) .. ":" .. subplan.name
        if subplan.subplanId == text or subplan.name == text or whole == text then
          table.insert(found, { subplanId = subplan.subplanId })
        end
      end
    end
  end
  if #found == 1 then
    return found[1]
  end
  local what = only or "plan or subplan"
  if #found == 0 then
    task.refuse(("there is no %s '%s'."):format(what, text))
  end
  task.refuse(("'%s' can mean %d things; for a subplan say PLAN:SUBPLAN."):format(text, #found))
end

local function names_of(only)
  local names, seen = {}, {}
  local function add(name)
    if not seen[name] then
      seen[name] = true
      table.insert(names, name)
    end
  end
  for _, plan in ipairs(plans.current()) do
    if only ~= "subplan" then
      add(words.short_name(plan.name))
    end
    for _, owner in ipairs(only == "plan" and {} or plans.with_children(plan)) do
      for _, subplan in ipairs(owner.subplans) do
        add(subplan.name)
      end
    end
  end
  return names
end

local function checkpoints_now()
  local found = {}
  for _, plan in ipairs(plans.families()) do
    if plan.checkpoints > 0 then
      local answer = server.request_now("checkpoints", { planId = plan.planId })
      vim.list_extend(found, answer and answer.checkpoints or {})
    end
  end
  return found
end

local function find_checkpoint(text)
  local found = {}
  for _, plan in ipairs(plans.families()) do
    if plan.checkpoints > 0 then
      for _, checkpoint in ipairs(plans.checkpoints(plan.planId)) do
        if checkpoint.checkpointId == text or checkpoint.label == text then
          table.insert(found, checkpoint)
        end
      end
    end
  end
  if #found == 1 then
    return { planId = found[1].planId, checkpointId = found[1].checkpointId }
  end
  task.refuse(#found == 0 and ("there is no checkpoint '%s'."):format(text)
    or ("%d checkpoints are called '%s'; :Pland rollback without it asks which."):format(#found, text))
end

local function plan_file(text)
  local file = vim.fn.fnamemodify(vim.fn.expand(text), ":p")
  if not project.is_plan(file) then
    task.refuse(text .. " is no plan file: its name ends in .plan.yaml, .plan.yml or .plan.json.")
  end
  attach.activate(project.root_of(file))
  return { uri = vim.uri_from_fname(file) }
end

local function matching(names)
  return function()
    return names
  end
end

-- For each verb: `read` makes the argument of the words behind it, `complete` offers some.
local function of(only)
  return {
    read = function(text)
      return find(text, only)
    end,
    complete = function()
      return names_of(only)
    end,
  }
end
local file = {
  read = plan_file,
  complete = function()
    return vim.tbl_map(function(path)
      return vim.fn.fnameescape(vim.fn.fnamemodify(path, ":~:."))
    end, project.plan_files(attach.here()))
  end,
}
local shapes = {
  use = file,
  spawn = file,
  execute = of("plan"),
  resume = of("plan"),
  revert = of("plan"),
  tree = of(),
  errors = of(),
  events = of(),
  status = of("plan"),
  cancel = of(),
  retry = of(),
  checkpoint = {
    read = function(text)
      return { label = text }
    end,
    complete = matching({}),
  },
  checkpoints = of("plan"),
  rollback = {
    read = find_checkpoint,
    complete = function()
      return vim.tbl_map(function(checkpoint)
        return checkpoint.label
      end, checkpoints_now())
    end,
  },
  conflicts = of("plan"),
  resolve = {
    read = function(text)
      if not vim.tbl_contains(sides, text) then
        task.refuse(("a conflict is resolved with %s, not with '%s'; :Pland merge is for edits by hand.")
          :format(table.concat(sides, ", "), text))
      end
      return { resolution = text }
    end,
    complete = matching(sides),
  },
  diff = of(),
  log = of("subplan"),
  apply = of("plan"),
  undo = of(),
  doctor = {
    read = function()
      task.refuse("'doctor' takes nothing.")
    end,
    complete = matching({}),
  },
}

local function new_plan()
  local name = vim.fn.fnamemodify(attach.here() .. "/new.plan.yaml", ":~:.")
  vim.cmd("edit " .. vim.fn.fnameescape(name))
  if vim.api.nvim_buf_line_count(0) > 1 or vim.fn.getline(1) ~= "" then
    return
  end
  vim.api.nvim_buf_set_lines(0, 0, -1, false, {
    "plan: local/new",
    "goal: What shall be true afterwards",
    "subplans:",
    "  - name: first",
    "    goal: What this piece does",
    "    run: echo done > first.txt",
  })
end

local own = {
  plans = function()
    require("pland.window").open({})
  end,
  merge = function()
    require("pland.verbs.change").merge({})
  end,
  new = new_plan,
  restart = function()
    attach.consider(vim.api.nvim_get_current_buf())
    server.restart()
    vim.notify("pland: starting the server.")
  end,
  stop = function()
    server.stop()
    vim.notify("pland: the server is told to stop. :Pland restart starts it.")
  end,
  output = function()
    vim.cmd("tabedit " .. vim.fn.fnameescape(require("vim.lsp.log").get_filename()))
    vim.cmd("normal! G")
  end,
}

-- The flags that a verb takes, and what of its argument each sets.
local dry_run = { ["--dry-run"] = "dryRun" }
local flags = {
  apply = dry_run,
  resume = dry_run,
  rollback = dry_run,
  tree = { ["--superseded"] = "showSuperseded" },
}
local known_flags = { ["--dry-run"] = true, ["--superseded"] = true }

local function argument_of(verb, rest, bang)
  local argument, texts = {}, {}
  for _, text in ipairs(rest) do
    local member = (flags[verb] or {})[text]
    if member then
      argument[member] = true
    elseif known_flags[text] then
      task.refuse(("'%s' has no %s."):format(verb, text))
    else
      table.insert(texts, text)
    end
  end
  if #texts > 0 then
    argument = vim.tbl_extend("force", argument, shapes[verb].read(table.concat(texts, " ")))
  end
  if bang then
    if verb ~= "spawn" and verb ~= "use" then
      task.refuse("only spawn and use take a !: it cancels a plan of the same file that still runs.")
    end
    argument.replace = true
  end
  return argument
end

function M.run(arguments)
  local rest = vim.deepcopy(arguments.fargs)
  local verb = table.remove(rest, 1) or "plans"
  if own[verb] then
    return task.run(function()
      if #rest > 0 or arguments.bang then
        task.refuse(("'%s' takes nothing."):format(verb))
      end
      own[verb]()
    end)
  elseif not shapes[verb] then
    return task.report({ message = ("there is no verb '%s'; there are: %s."):format(verb, table.concat(M.names(), ", ")) })
  end
  task.run(function()
    -- A verb may be the first that wants the server: in a project whose plan file is not open yet.
    if not server.id() and server.health() == "off" then
      local root = attach.here()
      local has = task.await(function(done)
        project.forget_refusals()
        project.has_plans(root, done)
      end)
      if has then
        attach.activate(root)
      end
    end
    if server.health() == "failed" or server.health() == "stopped" then
      task.refuse(server.lacking())
    end
    if server.id() then
      task.await(server.when_ready)
      -- What there is to choose from.
      if #plans.list() == 0 then
        task.await(plans.load)
      end
    end
    require("pland.verbs").run(verb, argument_of(verb, rest, arguments.bang))
  end)
end

function M.names()
  local names = vim.list_extend(vim.tbl_keys(own), verbs.names)
  table.sort(names)
  return names
end

local function starting_with(lead, names)
  return vim.tbl_filter(function(name)
    return name:sub(1, #lead) == lead
  end, names)
end

-- Completion by a person's command line: `line` up to the cursor decides what is asked for.
function M.complete(lead, line, cursor)
  local before = line:sub(1, cursor):gsub("^.-Pland!?%s+", "")
  local verb = before:match("^(%S+)%s")
  if not verb then
    return starting_with(lead, M.names())
  elseif not shapes[verb] then
    return {}
  end
  local good, names = pcall(shapes[verb].complete)
  if not good then
    return {}
  end
  -- Labels have spaces: what is offered then is the rest behind the last of them.
  local typed = before:match("^%S+%s+(.*)$") or ""
  local skipped = #typed - #lead
  local offered = {}
  for _, name in ipairs(starting_with(typed, names)) do
    table.insert(offered, name:sub(skipped + 1))
  end
  if flags[verb] and typed == lead then
    vim.list_extend(offered, starting_with(lead, vim.tbl_keys(flags[verb])))
  end
  return offered
end

return M
