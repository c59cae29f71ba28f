import assert from "node:assert/strict";
import { test } from "node:test";
import type { Decision, Failure } from "../api/pland";
import { decisionsText, failuresText } from "../src/texts/history";

function decision(type: string, description: string, children: Decision[] = [], more: Partial<Decision> = {}): Decision {
  return { decisionId: description, type, question: "?", description, createdAt: 0, children, ...more };
}

test("decisions are a tree with their reasons", () => {
  const tree = decision("prompt_definition", "the whole", [
    decision("invariant_enforced", "nothing is lost", [], { rationale: "from the plan file" }),
    decision("subplan_parallel_spawn", "flat", [decision("prompt_definition", "first\nsecond")], {
      alternatives: ["alone", "later"],
      confidence: 0.8,
    }),
    decision("strategy_choice", "", [], { superseded: true }),
  ]);
  const summary = { nodes: 5, depth: 3, childPlans: 1, invariants: 1, superseded: 1 };
  const text = decisionsText("local/deep", { planId: "1", tree, summary, childPlans: [], decisionIds: { root: "", all: [] } });
  assert.equal(
    text,
    [
      "Decisions of local/deep",
      "5 decisions, 1 child plan, 1 invariant, 1 superseded",
      "",
      "goal: the whole",
      "├─ invariant: nothing is lost",
      "│       from the plan file",
      "├─ subplan: flat",
      "│  │    instead of: alone; later",
      "│  │    confidence 0.8",
      "│  └─ goal: first second",
      "└─ strategy choice: ? (superseded)",
      "",
    ].join("\n"),
  );
});

test("failures are told by subplan, with what to do", () => {
  const error: Failure = {
    decisionId: "1",
    subplanId: "s",
    name: "bad",
    createdAt: 1,
    category: "merge_conflict",
    action: "retry",
    retryCount: 0,
    maxRetries: 2,
    isRetriable: true,
    message: "one\n\ntwo",
    hint: "read its log",
    command: "pland retry s",
  };
  const attempt = { subplanId: "s", attempt: 1, state: "errored" as const, startedAt: 1, exitCode: 3, wasRetried: true };
  const plan = { planId: "p", phase: "execute" as const, state: "errored" as const, errorDetails: {} };
  const some = {
    ...plan,
    error: "1 of 3 subplans failed",
    errors: [error, { ...error, action: "surface" as const, createdAt: 2 }],
    attempts: [attempt, { ...attempt, subplanId: "another" }],
    conflictFiles: ["a.c"],
    patterns: [{ pattern: "exit *", frequency: 2, lastSeen: 2, preventiveChecks: ["look first"] }],
  };
  assert.equal(
    failuresText("local/deep", some, (moment) => `at ${moment}`),
    [
      "What failed in local/deep",
      "execute, errored: 1 of 3 subplans failed",
      "",
      "bad",
      "  at 1  tried again (merge conflict)",
      "    one",
      "    two",
      "  at 2  left to you (merge conflict)",
      "    one",
      "    two",
      "  Attempt 1: errored, exit code 3",
      "  What to do: read its log",
      "    pland retry s",
      "",
      "Files with conflicts",
      "  a.c",
      "",
      "Seen before",
      "  2 times, last at 2: exit *",
      "    look first",
      "",
    ].join("\n"),
  );
  const none = { ...plan, errors: [], attempts: [], conflictFiles: [], patterns: [] };
  assert.match(failuresText("local/deep", none, String), /Nothing failed/);
});
