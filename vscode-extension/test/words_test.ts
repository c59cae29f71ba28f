import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlanStatus, ProcessingState } from "../api/pland";
import { age, awaitsInput, canApply, canRevert, count, isRunning, list, needOf, planText, profileText, shortName, size } from "../src/words";

function plan(state: ProcessingState, children: ProcessingState[], more: Partial<PlanStatus> = {}): PlanStatus {
  const subplans = children.map((child, index) => ({
    subplanId: String(index),
    name: `s${index}`,
    state: child,
    attempt: 1,
    filesChanged: [],
  }));
  return {
    planId: "1",
    name: "local/one",
    phase: "execute",
    state,
    revision: 1,
    subplans,
    conflicts: { open: 0, resolved: 0 },
    checkpoints: children.length,
    ...more,
  };
}

test("counts, lists and names", () => {
  assert.equal(count(1, "file"), "1 file");
  assert.equal(count(0, "file"), "0 files");
  assert.equal(list(["a", "b", "c"]), "a, b and c");
  assert.equal(list([]), "");
  assert.equal(shortName("local/one"), "one");
});

test("sizes", () => {
  assert.equal(size(0), "0 B");
  assert.equal(size(1023), "1023 B");
  assert.equal(size(1536), "1.5 KiB");
  assert.equal(size(5 * 1024 ** 4 * 1024), "5120.0 TiB");
});

test("ages", () => {
  const minute = 60_000;
  assert.equal(age(0, 59_000), "just now");
  assert.equal(age(10, 0), "just now");
  assert.equal(age(0, 42 * minute), "42 min ago");
  assert.equal(age(0, 23 * 60 * minute), "23 h ago");
  assert.equal(age(0, 72 * 60 * minute), "3 d ago");
  assert.equal(age(NaN, 0), "just now");
});

test("a plan that has just begun works, one that was rolled back waits", () => {
  const begun = plan("queued", ["queued"], { checkpoints: 0 });
  assert.ok(isRunning(begun));
  assert.ok(!awaitsInput(begun));
  const back = plan("queued", ["queued", "complete"]);
  assert.ok(!isRunning(back));
  assert.equal(needOf(back), "continue");
});

test("what a plan needs, most urgent first", () => {
  assert.equal(needOf(plan("processing", ["processing"])), undefined);
  assert.equal(needOf(plan("errored", ["errored"], { conflicts: { open: 1, resolved: 0 } })), "conflicts");
  assert.equal(needOf(plan("errored", ["errored", "complete"])), "failures");
  assert.equal(needOf(plan("complete", ["complete"])), "apply");
  assert.equal(needOf(plan("applied", ["complete"], { phase: "apply" })), undefined);
  assert.equal(needOf(plan("complete", ["queued"], { phase: "strategize" })), "continue");
});

test("what can be applied", () => {
  assert.ok(canApply(plan("errored", ["errored", "complete"])));
  assert.ok(!canApply(plan("processing", ["complete", "processing"])));
  assert.ok(!canApply(plan("applied", ["complete"], { phase: "apply" })));
});

test("a plan in a line", () => {
  const text = planText(plan("errored", ["complete", "errored"], { conflicts: { open: 2, resolved: 0 } }));
  assert.equal(text, "1/2 done, 1 failed, 2 conflicts");
});

test("a plan that was stopped with the window waits to go on, one that was cancelled does not", () => {
  const stopped = plan("cancelled", ["complete", "cancelled"], { error: "pland was closed" });
  assert.equal(needOf(stopped), "continue");
  assert.equal(planText(stopped), "stopped, 1/2 done");
  assert.equal(needOf(plan("cancelled", ["cancelled"])), undefined);
});

test("a plan that is constrained can be applied again, and needs nobody by itself", () => {
  const held = plan("constrained", ["complete"], { phase: "apply" });
  assert.equal(canApply(held), true);
  assert.equal(needOf(held), undefined);
  assert.equal(planText(held), "an invariant does not hold, 1/1 done");
  assert.equal(canApply(plan("applied", ["complete"], { phase: "apply" })), false);
});

test("a plan goes back to strategize at most three times, and not while it runs", () => {
  assert.equal(canRevert(plan("complete", ["complete"])), true);
  assert.equal(canRevert(plan("complete", ["complete"], { reversionCount: 3 })), false);
  assert.equal(canRevert(plan("processing", ["processing"])), false);
  assert.equal(canRevert(plan("applied", ["complete"], { phase: "apply" })), false);
  assert.equal(canRevert(plan("constrained", ["complete"], { phase: "apply" })), true);
  assert.equal(canRevert(plan("complete", ["queued"], { phase: "strategize" })), false);
});

test("a profile tells where it comes from", () => {
  assert.equal(profileText({ name: "trusted", source: "plan" }), "Profile trusted, from the plan file");
  assert.equal(profileText({ name: "supervised", source: "fallback" }), "Profile supervised, as nothing names another");
});
