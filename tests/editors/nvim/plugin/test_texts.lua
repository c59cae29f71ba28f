-- The pure parts: texts of a three-way diff, the lines of the plan window, words.
return function(t)
  local merge = require("pland.merge_texts")
  local function hunk(start, base, ours, theirs, resolution)
    local count = #merge.split(base)
    return {
      base = { lines = { start = start, count = count }, text = base },
      ours = { text = ours, lines = {} },
      theirs = { text = theirs, lines = {} },
      state = resolution and "resolved" or "open",
      resolution = resolution,
    }
  end
  local function conflict(hunks, kind)
    return { kind = kind or "content", ours = "left", theirs = "right", hunks = hunks }
  end

  local one = conflict({ hunk(1, "two\n", "deux\n", "dos\n") })
  local texts = merge.texts(one, "one\ntwo\nthree\n")
  t.same(texts.base, "one\ntwo\nthree\n", "base is the whole file")
  t.same(texts.ours, "one\ndeux\nthree\n", "so is ours")
  t.same(texts.theirs, "one\ndos\nthree\n", "and theirs")
  t.same(texts.result, "one\n<<<<<<< left\ndeux\n=======\ndos\n>>>>>>> right\nthree\n", "the result has markers")
  t.check(merge.has_markers(texts.result) and not merge.has_markers("a\n=======\n<<<\n"), "markers are told from text")
  t.same(merge.merged(texts, "one\nzwei\nthree\n"), { "zwei\n" }, "what a person made of it is the hunk's text")
  t.same(merge.merged(texts, "one\nthree\n"), { "" }, "also when it is nothing")
  t.same(merge.merged(texts, "one\na\nthree\nb\nthree\n"), { "a\nthree\nb\n" }, "or has the text behind it in it")
  t.same(merge.merged(texts, "uno\nzwei\nthree\n"), nil, "a change in front of it is refused")
  t.same(merge.merged(texts, "one\nzwei\ntres\n"), nil, "and one behind it")
  t.same(merge.merged(texts, "one\nzwei three\n"), nil, "and one that joins lines")

  local moved = merge.texts(one, "zero\none\ntwo\nthree\n", { 2 })
  t.same(moved.ours, "zero\none\ndeux\nthree\n", "a conflict that moved is where it is now")
  local twice = merge.texts(one, "two\none\ntwo\n", { 2 })
  t.same(twice.ours, "two\none\ndeux\n", "the nearest of equal lines is meant")
  t.same(merge.texts(one, "one\nTWO\nthree\n").ours, "deux\n", "where its lines are gone the clash is shown alone")
  t.same(merge.texts(one, nil).result, "<<<<<<< left\ndeux\n=======\ndos\n>>>>>>> right\n", "also where the file is")

  local two = conflict({ hunk(0, "a\n", "A\n", "1\n"), hunk(2, "c\n", "C\n", "3\n") })
  texts = merge.texts(two, "a\nb\nc\n")
  t.same(merge.merged(texts, "x\nb\ny\nz\n"), { "x\n", "y\nz\n" }, "two hunks are told apart")
  local half = conflict({ hunk(0, "a\n", "A\n", "1\n", "theirs"), hunk(2, "c\n", "C\n", "3\n") })
  texts = merge.texts(half, "a\nb\nc\n")
  t.same({ texts.ours, texts.hunks }, { "1\nb\nC\n", { 2 } }, "a resolved one reads as resolved")

  local dos = conflict({ hunk(1, "two\r\n", "deux\r\n", "dos\r\n") })
  texts = merge.texts(dos, "one\r\ntwo\r\nthree\r\n")
  t.same(texts.eol, "\r\n", "line ends are the file's")
  t.same(merge.merged(texts, "one\nzwei\nthree\n"), { "zwei\r\n" }, "and come back so")
  local last = conflict({ hunk(1, "two", "deux", "dos") })
  texts = merge.texts(last, "one\ntwo")
  t.same(texts.result, "one\n<<<<<<< left\ndeux\n=======\ndos\n>>>>>>> right\n", "a last line without an end is a line")
  t.same(merge.merged(texts, "one\nzwei"), { "zwei" }, "and may stay without")
  local added = conflict({ hunk(1, "", "x\n", "y\n") })
  t.same(merge.texts(added, "one\ntwo\n").ours, "one\nx\ntwo\n", "what both put in stands where they put it")
  local created = conflict({ hunk(0, "", "x\n", "y\n") }, "creation")
  t.same(merge.texts(created, nil).theirs, "y\n", "a file that both created is shown alone")

  local lines = require("pland.window_lines")
  local function difference(old, new)
    return { lines.difference(old, new) }
  end
  t.same(difference({ "a", "b", "c" }, { "a", "x", "c" }), { 1, 1, 1 }, "one line differs")
  t.same(difference({ "a", "b" }, { "a", "b", "b" }), { 2, 0, 1 }, "one came")
  t.same(difference({ "a", "a" }, { "a" }), { 1, 1, 0 }, "one went")
  t.same(difference({ "a" }, { "a" }), { 1, 0, 0 }, "none differs")

  local words = require("pland.words")
  t.same(words.seconds("1970-01-02T00:00:01.000Z"), 86401, "times are of UTC")
  t.same(words.seconds("2024-03-01T00:00:00.000Z") - words.seconds("2024-02-28T00:00:00.000Z"), 2 * 86400, "with leap days")
  t.same(words.age("2026-11-23T08:00:00.000Z", words.seconds("2026-11-23T10:30:00.000Z")), "2 h ago", "ages read well")
  local plan = {
    phase = "execute", state = "errored", checkpoints = 1, conflicts = { open = 1, resolved = 0 },
    subplans = { { state = "complete", attempt = 1 }, { state = "errored", attempt = 1 } },
  }
  t.same(words.plan_text(plan), "1/2 done, 1 failed, 1 conflict", "a plan reads well")
  t.same(words.need_of(plan), "conflicts", "conflicts are more urgent than failures")
end
