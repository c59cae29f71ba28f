-- What `tree`, `errors`, `events` and a dry run of `resume` answer, as lines. Pure.
local words = require("pland.words")
local M = {}

local longest = 100 -- characters of one value of an event

local function one_line(text)
  return (tostring(text):gsub("%c+", " "))
end

local function spelled(name)
  return (name:gsub("_", " "))
end

local function add_decision(lines, depth, node, states)
  local indent = ("  "):rep(depth)
  local text = ("%s- %s: %s"):format(indent, spelled(node.type), one_line(node.description))
  if node.planId and states[node.planId] then
    text = ("%s  (%s)"):format(text, states[node.planId])
  end
  if node.superseded then
    text = text .. "  (superseded)"
  end
  lines[#lines + 1] = text
  if #(node.alternatives or {}) > 0 then
    lines[#lines + 1] = ("%s  %s  %s"):format(indent, one_line(node.question), table.concat(node.alternatives, ", "))
  end
  if node.rationale then
    lines[#lines + 1] = ("%s  because %s"):format(indent, one_line(node.rationale))
  end
  for _, child in ipairs(node.children) do
    add_decision(lines, depth + 1, child, states)
  end
end

function M.tree(title, answer)
  local states = {}
  for _, child in ipairs(answer.childPlans) do
    states[child.planId] = child.state
  end
  local summary = answer.summary
  local lines = {
    ("Decisions of %s: %d, %s, %d superseded"):format(title, summary.nodes, words.count(summary.childPlans, "subplan"),
      summary.superseded),
    "",
  }
  add_decision(lines, 0, answer.tree, states)
  return lines
end

local ways = { retry = "tried again", repair = "repaired", surface = "left to you" }

-- reports: what `errors` answered for a plan and, by id, for the child plans that failed in it.
local function add_errors(lines, depth, answer, reports)
  local indent = ("  "):rep(depth)
  for _, each in ipairs(answer.errors) do
    lines[#lines + 1] = ("%s%s  %s"):format(indent, each.name, one_line(each.message))
    lines[#lines + 1] = ("%s  %s, %d of %s, %s"):format(indent, spelled(each.category), each.retryCount,
      words.count(each.maxRetries, "retry", "retries"), ways[each.action] or each.action)
    if each.hint ~= "" then
      lines[#lines + 1] = ("%s  hint: %s"):format(indent, one_line(each.hint))
    end
    if each.command ~= "" then
      lines[#lines + 1] = ("%s  command: %s"):format(indent, each.command)
    end
    local below = reports[each.subplanId]
    if below then
      add_errors(lines, depth + 1, below, reports)
      reports[each.subplanId] = nil
    end
  end
  for _, path in ipairs(answer.conflictFiles) do
    lines[#lines + 1] = ("%sconflict in %s"):format(indent, path)
  end
  for _, pattern in ipairs(answer.patterns) do
    for _, check in ipairs(pattern.preventiveChecks) do
      lines[#lines + 1] = ("%sbefore the next run (%s): %s"):format(indent, words.count(pattern.frequency, "time"),
        one_line(check))
    end
  end
end

function M.errors(title, answer, below)
  local lines = { ("What failed in %s (%s, %s)"):format(title, answer.phase, answer.state), "" }
  add_errors(lines, 0, answer, vim.tbl_extend("force", {}, below))
  return lines
end

local function value(payload)
  local parts, keys = {}, vim.tbl_keys(payload)
  table.sort(keys)
  for _, key in ipairs(keys) do
    local each = payload[key]
    local text = type(each) == "table" and vim.fn.json_encode(each) or tostring(each)
    if text ~= "" then
      text = one_line(text)
      parts[#parts + 1] = ("%s=%s"):format(key, #text > longest and text:sub(1, longest) .. "…" or text)
    end
  end
  return table.concat(parts, " ")
end

-- name_of: from the id of a subplan to its name.
function M.events(events, name_of)
  return vim.tbl_map(function(event)
    local name = event.subplanId and name_of(event.subplanId) .. "  " or ""
    local when = os.date("%Y-%m-%d %H:%M:%S", words.seconds(event.createdAt))
    return ("%6d  %s  %-24s  %s%s"):format(event.sequence, when, event.type, name, value(event.payload))
  end, events)
end

function M.resume(title, answer)
  local lines = { ("What resuming %s would do:"):format(title), "" }
  for _, name in ipairs(answer.remaining) do
    lines[#lines + 1] = ("  run   %s"):format(name)
  end
  for _, name in ipairs(answer.done) do
    lines[#lines + 1] = ("  keep  %s"):format(name)
  end
  return lines
end

return M
