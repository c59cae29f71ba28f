// Both sides of a file from a unified diff. Pure.
//
// A diff has only the lines around its changes. Where the file as it is now agrees with one side, the whole of both
// sides follows; otherwise only what the diff has is given, so that nothing is shown that may not be so.

export interface PatchLine {
  kind: " " | "-" | "+";
  text: string;
  /** False for a last line without line end. */
  ended: boolean;
}

export interface PatchHunk {
  /** From 0. */
  oldStart: number;
  newStart: number;
  lines: PatchLine[];
}

export interface FilePatch {
  /** The path before, and after; they differ when it was renamed. */
  oldPath: string;
  newPath: string;
  binary: boolean;
  /** The file came into being or went: the diff has all of it. */
  whole: boolean;
  hunks: PatchHunk[];
}

export interface Sides {
  before: string;
  after: string;
  /** Only the surroundings of changes. */
  excerpt: boolean;
}

export function parsePatch(patch: string): FilePatch[] {
  const files: FilePatch[] = [];
  const lines = patch.split("\n");
  let file: FilePatch | undefined;
  for (let at = 0; at < lines.length; ++at) {
    const line = lines[at] ?? "";
    if (line.startsWith("diff --git ")) {
      file = { ...headerPaths(line), binary: false, whole: false, hunks: [] };
      files.push(file);
    } else if (file === undefined) {
      continue;
    } else if (line.startsWith("--- ") && line !== "--- /dev/null") {
      file.oldPath = unquoted(line.slice(4)).replace(/^a\//, "");
    } else if (line.startsWith("+++ ") && line !== "+++ /dev/null") {
      file.newPath = unquoted(line.slice(4)).replace(/^b\//, "");
    } else if (line.startsWith("rename from ")) {
      file.oldPath = unquoted(line.slice(12));
    } else if (line.startsWith("rename to ")) {
      file.newPath = unquoted(line.slice(10));
    } else if (/^(new|deleted) file mode /.test(line)) {
      file.whole = true;
    } else if (/^(Binary files |GIT binary patch)/.test(line)) {
      file.binary = true;
    } else {
      const header = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
      if (header === null) continue;
      const hunk = { oldStart: start(header[1], header[2]), newStart: start(header[3], header[4]), lines: [] };
      file.hunks.push(hunk);
      at = readHunk(lines, at + 1, length(header[2]), length(header[4]), hunk);
    }
  }
  return files;
}

/** "start,0" names the line before the place; anything else counts from 1. */
function start(line: string | undefined, count: string | undefined): number {
  return count === "0" ? Number(line) : Number(line) - 1;
}
function length(count: string | undefined): number {
  return count === undefined ? 1 : Number(count);
}

/** The index of the hunk's last line. */
function readHunk(lines: string[], from: number, before: number, after: number, hunk: PatchHunk): number {
  let at = from;
  for (; at < lines.length && (before > 0 || after > 0 || lines[at]?.startsWith("\\") === true); ++at) {
    const line = lines[at] ?? "";
    const kind = line[0];
    if (kind === "\\") {
      const last = hunk.lines[hunk.lines.length - 1];
      if (last !== undefined) last.ended = false;
      continue;
    }
    if (kind !== " " && kind !== "-" && kind !== "+") break;
    if (kind !== "+") --before;
    if (kind !== "-") --after;
    hunk.lines.push({ kind, text: line.slice(1), ended: true });
  }
  return at - 1;
}

function headerPaths(line: string): { oldPath: string; newPath: string } {
  const rest = line.slice("diff --git ".length);
  // Without quotes both halves are the same path unless it was renamed, and then "rename" lines follow.
  const half = rest.startsWith('"') ? undefined : rest.slice(2, 2 + (rest.length - 5) / 2);
  if (half !== undefined && rest === `a/${half} b/${half}`) return { oldPath: half, newPath: half };
  const quoted = /^"((?:[^"\\]|\\.)*)"/.exec(rest);
  const path = quoted === null ? rest : unquoted(quoted[0]).replace(/^a\//, "");
  return { oldPath: path, newPath: path };
}

function unquoted(path: string): string {
  if (!path.startsWith('"')) return path.replace(/\t$/, "");
  const bytes: number[] = [];
  const inner = path.slice(1, path.lastIndexOf('"'));
  const plain: Record<string, number> = { n: 10, t: 9, r: 13, a: 7, b: 8, f: 12, v: 11 };
  for (let at = 0; at < inner.length; ++at) {
    const octal = /^\\([0-7]{3})/.exec(inner.slice(at, at + 4));
    if (octal !== null) {
      bytes.push(parseInt(octal[1] ?? "", 8));
      at += 3;
    } else if (inner[at] === "\\") {
      const next = inner[++at] ?? "";
      bytes.push(plain[next] ?? next.charCodeAt(0));
    } else {
      const whole = String.fromCodePoint(inner.codePointAt(at) ?? 0);
      bytes.push(...new TextEncoder().encode(whole));
      at += whole.length - 1;
    }
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

/** `now` is the file's text as it is, or nothing when it is not there. */
export function sidesOf(file: FilePatch, now: string | undefined): Sides {
  if (file.whole) return { before: side(file.hunks, "-"), after: side(file.hunks, "+"), excerpt: false };
  const lines = splitLines(now ?? "");
  const after = replaced(lines, file.hunks, "old");
  if (after !== undefined) return { before: lines.join(""), after, excerpt: false };
  const before = replaced(lines, file.hunks, "new");
  if (before !== undefined) return { before, after: lines.join(""), excerpt: false };
  return { before: excerpt(file.hunks, "-"), after: excerpt(file.hunks, "+"), excerpt: true };
}

/** Lines with their line ends. */
export function splitLines(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** `lines`, which are the side `is`, as the other side; nothing when they are not that side. */
function replaced(lines: readonly string[], hunks: readonly PatchHunk[], is: "old" | "new"): string | undefined {
  const [gone, come] = is === "old" ? (["-", "+"] as const) : (["+", "-"] as const);
  let result = "";
  let at = 0;
  for (const hunk of hunks) {
    const from = is === "old" ? hunk.oldStart : hunk.newStart;
    if (from < at || from > lines.length) return undefined;
    result += lines.slice(at, from).join("");
    at = from;
    for (const line of hunk.lines) {
      const text = whole(line);
      if (line.kind !== come) {
        if (lines[at] !== text) return undefined;
        ++at;
      }
      if (line.kind !== gone) result += text;
    }
  }
  return result + lines.slice(at).join("");
}

function side(hunks: readonly PatchHunk[], kind: "-" | "+"): string {
  return hunks
    .flatMap((hunk) => hunk.lines.filter((line) => line.kind === " " || line.kind === kind))
    .map(whole)
    .join("");
}

function whole(line: PatchLine): string {
  return line.ended ? `${line.text}\n` : line.text;
}

function excerpt(hunks: readonly PatchHunk[], side: "-" | "+"): string {
  return hunks
    .map((hunk) => {
      const shown = hunk.lines.filter((line) => line.kind === " " || line.kind === side);
      return `@@ line ${hunk.oldStart + 1} @@\n${shown.map((line) => `${line.text}\n`).join("")}`;
    })
    .join("");
}
