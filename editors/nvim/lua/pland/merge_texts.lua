-- The texts of a three-way diff for a conflict, and what a person made of it, hunk by hunk. Pure.
--
-- The server tells the lines that clash; the rest of the file is the person's own text around them. Where that text
-- does not hold the clashing lines any more, the clash is shown alone.
local M = {}

-- Lines with their line ends.
function M.split(text)
  local lines = {}
  for line in text:gmatch("[^\n]*\n") do
    table.insert(lines, line)
  end
  local rest = text:match("[^\n]+$")
  if rest then
    table.insert(lines, rest)
  end
  return lines
end

local function with_end(text, eol)
  if text == "" or text:sub(-1) == "\n" then
    return text
  end
  return text .. eol
end

-- What a resolved hunk reads like; the exact text of one made by hand is not known here.
local function settled(hunk)
  if hunk.resolution == "theirs" then
    return hunk.theirs.text
  elseif hunk.resolution == "base" then
    return hunk.base.text
  elseif hunk.resolution == "both" then
    return with_end(hunk.ours.text, "\n") .. hunk.theirs.text
  end
  return hunk.ours.text
end

-- How many lines stand before the hunk's base text, at or after `least`, nearest to `wanted`.
local function place(hunk, lines, wanted, least)
  local text = M.split(hunk.base.text)
  if #text == 0 then
    return (wanted >= least and wanted <= #lines) and wanted or nil
  end
  local best = nil
  for from = least, #lines - #text do
    local same = true
    for offset = 1, #text do
      if lines[from + offset] ~= text[offset] then
        same = false
        break
      end
    end
    if same and (not best or math.abs(from - wanted) < math.abs(best - wanted)) then
      best = from
    end
  end
  return best
end

local function assemble(conflict, hunks, around, eol)
  local function join(middle)
    local parts = { around[1] or "" }
    for order, index in ipairs(hunks) do
      table.insert(parts, middle(conflict.hunks[index]))
      table.insert(parts, around[order + 1] or "")
    end
    return table.concat(parts)
  end
  return {
    base = join(function(hunk)
      return hunk.base.text
    end),
    ours = join(function(hunk)
      return hunk.ours.text
    end),
    theirs = join(function(hunk)
      return hunk.theirs.text
    end),
    result = join(function(hunk)
      return table.concat({
        "<<<<<<< ", conflict.ours, eol,
        with_end(hunk.ours.text, eol),
        "=======", eol,
        with_end(hunk.theirs.text, eol),
        ">>>>>>> ", conflict.theirs, eol,
      })
    end),
    hunks = hunks,
    around = around,
    eol = eol,
  }
end

local function alone(conflict, open)
  local hunks = { open[1] }
  local text = open[1] and conflict.hunks[open[1]].ours.text or ""
  return assemble(conflict, hunks, #hunks == 0 and { "" } or { "", "" }, text:find("\r\n", 1, true) and "\r\n" or "\n")
end

local function slice(lines, from, to)
  return table.concat(lines, "", from + 1, to)
end

local function in_file(conflict, open, now, places)
  local lines = M.split(now)
  local around, at, gap = {}, 0, ""
  for index, hunk in ipairs(conflict.hunks) do
    local from = place(hunk, lines, places[index] or hunk.base.lines.start, at)
    if not from then
      return nil
    end
    gap = gap .. slice(lines, at, from)
    at = from + hunk.base.lines.count
    if vim.tbl_contains(open, index) then
      table.insert(around, gap)
      gap = ""
    else
      gap = gap .. settled(hunk)
    end
  end
  table.insert(around, gap .. slice(lines, at, #lines))
  return assemble(conflict, open, around, now:find("\r\n", 1, true) and "\r\n" or "\n")
end

-- `now` is the person's file, or nothing; `places` the lines (from 0) where hunks are now, by their index from 1, as
-- far as known. Answers { base, ours, theirs, result, hunks, around, eol }: `result` has conflict markers, `hunks` are
-- the indices of those that are to be merged, `around` what stands before, between and behind them.
function M.texts(conflict, now, places)
  local open = {}
  for index, hunk in ipairs(conflict.hunks) do
    if hunk.state == "open" then
      table.insert(open, index)
    end
  end
  local whole = now and conflict.kind == "content" and in_file(conflict, open, now, places or {})
  return whole or alone(conflict, open)
end

local function ends_with(text, tail)
  return tail == "" or text:sub(-#tail) == tail
end

-- Pieces of `text` from `at`, separated by the gaps from `index`, the last of which ends it.
local function between(text, at, gaps, index)
  local gap = gaps[index]
  if not gap then
    return at > #text and {} or nil
  end
  -- Hunks are whole lines, but for one at the end of the text.
  local function is_whole(stop)
    return gap == "" or stop == at or text:sub(stop - 1, stop - 1) == "\n"
  end
  if index == #gaps then
    local stop = #text - #gap + 1
    return stop >= at and ends_with(text, gap) and is_whole(stop) and { text:sub(at, stop - 1) } or nil
  end
  local stop = text:find(gap, at, true)
  while stop do
    if is_whole(stop) then
      local others = between(text, stop + #gap, gaps, index + 1)
      if others then
        table.insert(others, 1, text:sub(at, stop - 1))
        return others
      end
    end
    if gap == "" then
      return nil
    end
    stop = text:find(gap, stop + 1, true)
  end
end

-- The merged text of each hunk; nothing when the text around them was changed, so that they cannot be told apart.
function M.merged(texts, merged)
  local function unified(text)
    return (text:gsub("\r\n", "\n"))
  end
  local around, text = vim.tbl_map(unified, texts.around), unified(merged)
  if text:sub(1, #around[1]) ~= around[1] then
    return nil
  end
  local found = between(text, #around[1] + 1, around, 2)
  if found and texts.eol == "\r\n" then
    found = vim.tbl_map(function(hunk)
      return (hunk:gsub("\n", "\r\n"))
    end, found)
  end
  return found
end

function M.has_markers(text)
  local lines = "\n" .. text
  return lines:find("\n<<<<<<< ") ~= nil or lines:find("\n>>>>>>> ") ~= nil
end

return M
