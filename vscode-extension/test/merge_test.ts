import assert from "node:assert/strict";
import { test } from "node:test";
import type { Conflict, ConflictHunk } from "../api/pland";
import { mergeTexts, mergedHunks } from "../src/texts/merge";

function hunk(start: number, base: string, ours: string, theirs: string): ConflictHunk {
  const side = (text: string) => ({ lines: { start, count: text.split("\n").length - 1 }, text });
  return { base: side(base), ours: side(ours), theirs: side(theirs), state: "open" };
}

function conflict(...hunks: ConflictHunk[]): Conflict {
  const ids = { conflictId: "c", planId: "p", uri: "file:///f", path: "f" };
  return { ...ids, kind: "content", state: "open", ours: "net", theirs: "storage", hunks };
}

const one = conflict(hunk(1, "two\n", "deux\n", "zwei\n"));
const two = conflict(hunk(1, "two\n", "deux\n", "zwei\n"), hunk(3, "four\n", "", "vier\nfunf\n"));
const text = "one\ntwo\nthree\nfour\nfive\n";

test("the person's text around the clash, on each side", () => {
  const texts = mergeTexts(two, text);
  assert.equal(texts.base, text);
  assert.equal(texts.ours, "one\ndeux\nthree\nfive\n");
  assert.equal(texts.theirs, "one\nzwei\nthree\nvier\nfunf\nfive\n");
  assert.match(texts.result, /^one\n<<<<<<< net\ndeux\n=======\nzwei\n>>>>>>> storage\nthree\n/);
});

test("what was made of each hunk", () => {
  const texts = mergeTexts(two, text);
  assert.deepEqual(mergedHunks(texts, "one\nboth\nof them\nthree\nfive\n"), ["both\nof them\n", ""]);
  assert.deepEqual(mergedHunks(texts, texts.theirs), ["zwei\n", "vier\nfunf\n"]);
});

test("changes around the clash cannot be told apart", () => {
  assert.equal(mergedHunks(mergeTexts(one, text), "ONE\nzwei\nthree\nfour\nfive\n"), undefined);
  assert.equal(mergedHunks(mergeTexts(one, text), "one\nzwei\nthree\n"), undefined);
});

test("a clash that moved in the person's text is found", () => {
  const moved = `typed\nabove\n${text}`;
  assert.equal(mergeTexts(one, moved).ours, "typed\nabove\none\ndeux\nthree\nfour\nfive\n");
  const twice = "two\nx\ny\ntwo\n";
  assert.equal(mergeTexts(one, twice, new Map([[0, 3]])).ours, "two\nx\ny\ndeux\n");
});

test("a clash that is no more in the person's text stands alone, one hunk at a time", () => {
  const texts = mergeTexts(two, "all is new\n");
  assert.equal(texts.base, "two\n");
  assert.deepEqual(texts.hunks, [0]);
  assert.deepEqual(mergedHunks(texts, "anything\n"), ["anything\n"]);
});

test("a resolved hunk is surroundings", () => {
  const [first, second] = two.hunks;
  assert.ok(first && second);
  const texts = mergeTexts(conflict({ ...first, state: "resolved", resolution: "theirs" }, second), text);
  assert.deepEqual(texts.hunks, [1]);
  assert.equal(texts.base, "one\nzwei\nthree\nfour\nfive\n");
  assert.deepEqual(mergedHunks(texts, "one\nzwei\nthree\nIV\nfive\n"), ["IV\n"]);
});

test("line ends of the file come back, whatever the editor made of them", () => {
  const crlf = conflict(hunk(1, "two\r\n", "deux\r\n", "zwei\r\n"));
  const texts = mergeTexts(crlf, text.replace(/\n/g, "\r\n"));
  assert.deepEqual(mergedHunks(texts, "one\nzwei\ndeux\nthree\nfour\nfive\n"), ["zwei\r\ndeux\r\n"]);
});

test("hunks that touch: equal gaps do not confuse", () => {
  const close = conflict(hunk(0, "a\n", "b\n", "c\n"), hunk(2, "a\n", "d\n", "e\n"));
  const texts = mergeTexts(close, "a\n\na\n\n");
  assert.deepEqual(mergedHunks(texts, "b\n\ne\n\n"), ["b\n", "e\n"]);
});

test("both created the file: it is not in the person's text", () => {
  const created = { ...conflict(hunk(0, "", "x\n", "y\n")), kind: "creation" as const };
  const texts = mergeTexts(created, undefined);
  assert.deepEqual([texts.base, texts.ours, texts.theirs], ["", "x\n", "y\n"]);
});
