import assert from "node:assert/strict";
import { test } from "node:test";
import { findServer } from "../src/server_path";
import type { PathInputs } from "../src/server_path";

function inputs(more: Partial<PathInputs>, ...programs: string[]): PathInputs {
  return {
    setting: "",
    extensionFolder: "/ext",
    workspaceFolder: "/work",
    home: "/home/me",
    searchPath: "/usr/bin:relative::/opt/bin",
    platform: "linux",
    isProgram: (file) => programs.includes(file),
    ...more,
  };
}

test("the setting goes before the bundled server, and that before the PATH", () => {
  const all = ["/own/pland", "/ext/server/pland", "/opt/bin/pland"];
  assert.deepEqual(findServer(inputs({ setting: "/own/pland" }, ...all)), { program: "/own/pland", from: "setting" });
  assert.deepEqual(findServer(inputs({}, ...all)), { program: "/ext/server/pland", from: "bundled" });
  assert.deepEqual(findServer(inputs({}, "/opt/bin/pland")), { program: "/opt/bin/pland", from: "path" });
});

test("a setting that names no program is an error, not a reason to take another one", () => {
  const found = findServer(inputs({ setting: "/gone" }, "/ext/server/pland"));
  assert.ok("problem" in found);
  assert.match(found.problem, /\/gone.*pland\.server\.path|pland\.server\.path.*\/gone/);
});

test("a relative setting is relative to the workspace, and places are filled in", () => {
  for (const [setting, program] of [
    ["build/pland", "/work/build/pland"],
    ["${workspaceFolder}/pland", "/work/pland"],
    ["~/bin/pland", "/home/me/bin/pland"],
    ["${userHome}/pland", "/home/me/pland"],
  ] as const) {
    assert.deepEqual(findServer(inputs({ setting }, program)), { program, from: "setting" });
  }
});

test("the PATH's relative folders are not searched: a project could put a program there", () => {
  const found = findServer(inputs({}, "relative/pland", "/work/relative/pland"));
  assert.ok("problem" in found);
  assert.match(found.problem, /Install pland/);
});
