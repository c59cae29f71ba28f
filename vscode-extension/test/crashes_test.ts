import assert from "node:assert/strict";
import { test } from "node:test";
import { CrashCount } from "../src/crashes";

test("starts again as often as allowed within the window", () => {
  const crashes = new CrashCount(1000);
  assert.equal(crashes.mayRestart(0, 2), true);
  assert.equal(crashes.mayRestart(10, 2), true);
  assert.equal(crashes.mayRestart(20, 2), false);
  assert.equal(crashes.recent, 3);
});

test("what is long ago does not count", () => {
  const crashes = new CrashCount(1000);
  assert.equal(crashes.mayRestart(0, 1), true);
  assert.equal(crashes.mayRestart(2000, 1), true);
});

test("a person's restart begins anew", () => {
  const crashes = new CrashCount(1000);
  crashes.mayRestart(0, 1);
  crashes.clear();
  assert.equal(crashes.mayRestart(1, 1), true);
});
