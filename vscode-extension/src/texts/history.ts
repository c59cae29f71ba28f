// A plan's decisions, and what failed in it, as texts to read. Pure.
import type { Decision, DecisionTree, Failure, Failures } from "../../api/pland";
import { count } from "../words";

const words: Record<string, string> = {
  prompt_definition: "goal",
  invariant_enforced: "invariant",
  subplan_spawn: "subplan",
  subplan_parallel_spawn: "subplan",
  error_recovery: "recovery",
};

export function decisionsText(name: string, { tree, summary }: DecisionTree): string {
  const counts = [count(summary.nodes, "decision"), count(summary.childPlans, "child plan"), count(summary.invariants, "invariant")];
  if (summary.superseded > 0) counts.push(`${summary.superseded} superseded`);
  return [`Decisions of ${name}`, counts.join(", "), "", ...branch(tree, "", ""), ""].join("\n");
}

/** `first` stands before the decision's own line, `rest` before what is below it. */
function branch(decision: Decision, first: string, rest: string): string[] {
  const { children, rationale, alternatives = [], confidence } = decision;
  const below = rest + (children.length > 0 ? "│  " : "   ");
  const notes: string[] = [];
  if (rationale !== undefined) notes.push(rationale);
  if (alternatives.length > 0) notes.push(`instead of: ${alternatives.join("; ")}`);
  if (confidence !== undefined) notes.push(`confidence ${confidence}`);
  const lines = [first + titleOf(decision), ...notes.flatMap((note) => oneOrMore(note).map((line) => `${below}  ${line}`))];
  for (const [index, child] of children.entries()) {
    const last = index === children.length - 1;
    lines.push(...branch(child, rest + (last ? "└─ " : "├─ "), rest + (last ? "   " : "│  ")));
  }
  return lines;
}

function titleOf({ type, description, question, superseded }: Decision): string {
  const what = words[type] ?? type.replace(/_/g, " ");
  // What a subplan is for is asked by its spawn, and told by its goal below it.
  const text = description === "" ? question : description;
  return `${what}: ${oneOrMore(text).join(" ")}${superseded === true ? " (superseded)" : ""}`;
}

function oneOrMore(text: string): string[] {
  return text.split("\n").filter((line) => line.trim() !== "");
}

/** `when` writes a moment as the reader's clock does. */
export function failuresText(name: string, failures: Failures, when: (moment: number) => string): string {
  const { errors, attempts, conflictFiles, patterns } = failures;
  const lines = [`What failed in ${name}`, `${failures.phase}, ${failures.state}${failures.error === undefined ? "" : `: ${failures.error}`}`];
  if (errors.length === 0 && conflictFiles.length === 0) lines.push("", "Nothing failed.");
  for (const [subplanId, of] of bySubplan(errors)) {
    lines.push("", of[0]?.name ?? subplanId);
    for (const error of of) {
      lines.push(`  ${when(error.createdAt)}  ${outcomes[error.action]} (${error.category.replace(/_/g, " ")})`);
      lines.push(...oneOrMore(error.message).map((line) => `    ${line}`));
    }
    for (const { attempt, state, exitCode, signal } of attempts.filter((each) => each.subplanId === subplanId)) {
      const how = exitCode !== undefined ? `, exit code ${exitCode}` : signal !== undefined ? `, signal ${signal}` : "";
      lines.push(`  Attempt ${attempt}: ${state}${how}`);
    }
    const last = of[of.length - 1];
    if (last !== undefined) lines.push(`  What to do: ${last.hint}`, `    ${last.command}`);
  }
  if (conflictFiles.length > 0) lines.push("", "Files with conflicts", ...conflictFiles.map((file) => `  ${file}`));
  if (patterns.length > 0) lines.push("", "Seen before");
  for (const { pattern, frequency, lastSeen, preventiveChecks } of patterns) {
    lines.push(`  ${count(frequency, "time")}, last ${when(lastSeen)}: ${pattern}`);
    lines.push(...preventiveChecks.map((check) => `    ${check}`));
  }
  return [...lines, ""].join("\n");
}

const outcomes: Record<Failure["action"], string> = {
  retry: "tried again",
  repair: "to be repaired",
  surface: "left to you",
};

function bySubplan(errors: readonly Failure[]): Map<string, Failure[]> {
  const found = new Map<string, Failure[]>();
  for (const error of errors) found.set(error.subplanId, [...(found.get(error.subplanId) ?? []), error]);
  return found;
}
