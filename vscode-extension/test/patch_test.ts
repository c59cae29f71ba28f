import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePatch, sidesOf } from "../src/texts/patch";
import type { FilePatch } from "../src/texts/patch";

const patch = `diff --git a/src/a b.c b/src/a b.c
index ff67b54..67b01d0 100644
--- a/src/a b.c
+++ b/src/a b.c
@@ -1,3 +1,3 @@
 red
-green
+vert
 blue
@@ -9,2 +9,3 @@ somewhere
 nine
+nine and a half
 ten
diff --git a/new b/new
new file mode 100644
index 0000000..ce01362
--- /dev/null
+++ b/new
@@ -0,0 +1 @@
+hello
\\ No newline at end of file
diff --git a/pic.png b/pic.png
index 1..2 100644
Binary files a/pic.png and b/pic.png differ
diff --git "a/\\303\\274.txt" "b/\\303\\274.txt"
index 1..2 100644
--- "a/\\303\\274.txt"
+++ "b/\\303\\274.txt"
@@ -1 +1 @@
--- not a header
+++ nor this
`;

function file(index: number): FilePatch {
  const found = parsePatch(patch)[index];
  assert.ok(found);
  return found;
}

const before = "red\ngreen\nblue\n4\n5\n6\n7\n8\nnine\nten\n";
const after = "red\nvert\nblue\n4\n5\n6\n7\n8\nnine\nnine and a half\nten\n";

test("files of a patch: spaces, binaries, quoted names, lines that look like headers", () => {
  const files = parsePatch(patch);
  assert.deepEqual(files.map((each) => each.newPath), ["src/a b.c", "new", "pic.png", "ü.txt"]);
  assert.deepEqual(files.map((each) => each.binary), [false, false, true, false]);
  assert.deepEqual(file(3).hunks[0]?.lines.map((line) => line.text), ["-- not a header", "++ nor this"]);
});

test("whole sides when the file is as before, and when it is as after", () => {
  assert.deepEqual(sidesOf(file(0), before), { before, after, excerpt: false });
  assert.deepEqual(sidesOf(file(0), after), { before, after, excerpt: false });
});

test("a created file, without line end", () => {
  assert.deepEqual(sidesOf(file(1), undefined), { before: "", after: "hello", excerpt: false });
  assert.deepEqual(sidesOf(file(1), "hello"), { before: "", after: "hello", excerpt: false });
});

test("only what the patch has when the file is neither", () => {
  const sides = sidesOf(file(0), "something else\n");
  assert.ok(sides.excerpt);
  assert.match(sides.before, /@@ line 1 @@\nred\ngreen\nblue\n@@ line 9 @@\nnine\nten\n/);
  assert.match(sides.after, /vert/);
});

test("CRLF stays", () => {
  const [crlf] = parsePatch("diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n one\r\n-two\r\n+zwei\r\n");
  assert.ok(crlf);
  assert.deepEqual(sidesOf(crlf, "one\r\ntwo\r\n"), { before: "one\r\ntwo\r\n", after: "one\r\nzwei\r\n", excerpt: false });
});
