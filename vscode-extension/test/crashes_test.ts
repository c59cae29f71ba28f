import assert from "node:assert/strict";
import { test } from "node:test";
import { CrashCount } from "../src/crashes";

test("starts again as often as allowed within the window", () => {
  const crashes = new CrashCount(2, 1000);
  assert.equal(crashes.mayRestart(0), true);
  assert.equal(crashes.mayRestart(10), true);
  assert.equal(crashes.mayRestart(20), false);
  assert.equal(crashes.recent, 3);
});

test("what is long ago does not count", () => {
  const crashes = new CrashCount(1, 1000);
  assert.equal(crashes.mayRestart(0), true);
  assert.equal(crashes.mayRestart(2000), true);
});

test("a person's restart begins anew", () => {
  const crashes = new CrashCount(1, 1000);
  crashes.mayRestart(0);
  crashes.clear();
  assert.equal(crashes.mayRestart(1), true);
});
