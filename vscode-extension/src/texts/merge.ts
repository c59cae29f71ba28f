// The texts of a three-way merge editor for a conflict, and what a person made of it, hunk by hunk. Pure.
//
// The server tells the lines that clash; the rest of the file is the person's own text around them. Where that text
// does not hold the clashing lines any more, the clash is shown alone.
import type { Conflict, ConflictHunk } from "../../api/pland";
import { splitLines } from "./patch";

export interface MergeTexts {
  base: string;
  ours: string;
  theirs: string;
  /** With conflict markers: a merge editor begins anew from such a text. */
  result: string;
  /** The hunks that are to be merged, by their number in the conflict. */
  hunks: number[];
  /** What stands before, between and behind them: one more than hunks. */
  around: string[];
  /** Line end of the file. */
  eol: string;
}

/**
 * `now` is the person's file; `places` the lines where the hunks are now, as far as known. Only open hunks are merged.
 */
export function mergeTexts(
  conflict: Conflict,
  now: string | undefined,
  places: ReadonlyMap<number, number> = new Map(),
): MergeTexts {
  const open = conflict.hunks.map((_, index) => index).filter((index) => conflict.hunks[index]?.state === "open");
  const whole = now === undefined || conflict.kind !== "content" ? undefined : inFile(conflict, open, now, places);
  return whole ?? alone(conflict, open.slice(0, 1));
}

function inFile(
  conflict: Conflict,
  open: number[],
  now: string,
  places: ReadonlyMap<number, number>,
): MergeTexts | undefined {
  const lines = splitLines(now);
  const around: string[] = [];
  let at = 0;
  let gap = "";
  for (const [index, hunk] of conflict.hunks.entries()) {
    const from = place(hunk, lines, places.get(index) ?? hunk.base.lines.start, at);
    if (from === undefined) return undefined;
    gap += lines.slice(at, from).join("");
    at = from + hunk.base.lines.count;
    if (open.includes(index)) {
      around.push(gap);
      gap = "";
    } else {
      gap += settled(hunk);
    }
  }
  around.push(gap + lines.slice(at).join(""));
  return assemble(conflict, open, around, now.includes("\r\n") ? "\r\n" : "\n");
}

function alone(conflict: Conflict, hunks: number[]): MergeTexts {
  const text = conflict.hunks[hunks[0] ?? 0]?.ours.text ?? "";
  return assemble(conflict, hunks, hunks.length === 0 ? [""] : ["", ""], text.includes("\r\n") ? "\r\n" : "\n");
}

/** The line where the hunk's base text stands at or after `least`, nearest to `wanted`. */
function place(hunk: ConflictHunk, lines: readonly string[], wanted: number, least: number): number | undefined {
  const text = splitLines(hunk.base.text);
  if (text.length === 0) return wanted >= least && wanted <= lines.length ? wanted : undefined;
  let best: number | undefined;
  for (let from = least; from + text.length <= lines.length; ++from) {
    if (!text.every((line, offset) => lines[from + offset] === line)) continue;
    if (best === undefined || Math.abs(from - wanted) < Math.abs(best - wanted)) best = from;
  }
  return best;
}

/** What a resolved hunk reads like; the exact text of one made by hand is not known here. */
function settled(hunk: ConflictHunk): string {
  switch (hunk.resolution) {
    case "theirs":
      return hunk.theirs.text;
    case "base":
      return hunk.base.text;
    case "both":
      return withEnd(hunk.ours.text, "\n") + hunk.theirs.text;
    default:
      return hunk.ours.text;
  }
}

function withEnd(text: string, eol: string): string {
  return text === "" || text.endsWith("\n") ? text : text + eol;
}

function assemble(conflict: Conflict, hunks: number[], around: string[], eol: string): MergeTexts {
  const join = (middle: (hunk: ConflictHunk) => string): string =>
    hunks.reduce((text, index, order) => {
      const hunk = conflict.hunks[index];
      return text + (hunk === undefined ? "" : middle(hunk)) + (around[order + 1] ?? "");
    }, around[0] ?? "");
  return {
    base: join((hunk) => hunk.base.text),
    ours: join((hunk) => hunk.ours.text),
    theirs: join((hunk) => hunk.theirs.text),
    result: join((hunk) =>
      [
        `<<<<<<< ${conflict.ours}${eol}`,
        withEnd(hunk.ours.text, eol),
        `=======${eol}`,
        withEnd(hunk.theirs.text, eol),
        `>>>>>>> ${conflict.theirs}${eol}`,
      ].join(""),
    ),
    hunks,
    around,
    eol,
  };
}

/** The merged text of each hunk; nothing when the text around them was changed, so that they cannot be told apart. */
export function mergedHunks(texts: MergeTexts, merged: string): string[] | undefined {
  const unified = (text: string): string => text.replace(/\r\n/g, "\n");
  const around = texts.around.map(unified);
  const text = unified(merged);
  const first = around[0] ?? "";
  if (!text.startsWith(first)) return undefined;
  const found = between(text, first.length, around.slice(1));
  return found?.map((hunk) => (texts.eol === "\r\n" ? hunk.replace(/\n/g, "\r\n") : hunk));
}

/** Pieces of `text` after `at`, separated by `gaps`, the last of which ends it. */
function between(text: string, at: number, gaps: string[]): string[] | undefined {
  const [gap, ...rest] = gaps;
  /** Hunks are whole lines, but for one at the end of the text. */
  const whole = (end: number, next: string): boolean => next === "" || end === at || text[end - 1] === "\n";
  if (gap === undefined) return at === text.length ? [] : undefined;
  if (rest.length === 0) {
    const end = text.length - gap.length;
    return end >= at && text.endsWith(gap) && whole(end, gap) ? [text.slice(at, end)] : undefined;
  }
  for (let end = text.indexOf(gap, at); end >= 0; end = text.indexOf(gap, end + 1)) {
    if (!whole(end, gap)) continue;
    const others = between(text, end + gap.length, rest);
    if (others !== undefined) return [text.slice(at, end), ...others];
    if (gap === "") break;
  }
  return undefined;
}
