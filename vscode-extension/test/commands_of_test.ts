import assert from "node:assert/strict";
import { test } from "node:test";
import { commandsOf } from "../src/texts/commands_of";

test("commands in each way of writing them", () => {
  const plan = `plan: local/x
setup: [cp -n .env.example .env, "npm ci"]
subplans:
  - name: a
    run: make a   # quickly
    check: "make test"
  - name: b
    run: |
      first
      second

  - {name: c, goal: d, run: "echo c"}
  - run: one
    name: e
    tools:
      - builtin/write_file: {path: f, content: "run: not a command"}
`;
  assert.deepEqual(commandsOf(plan), [
    "cp -n .env.example .env",
    "npm ci",
    "make a   # quickly",
    "make test",
    "first; second",
    "echo c",
    "one",
  ]);
});

test("a list of setup commands", () => {
  assert.deepEqual(commandsOf("setup:\n  - one\n  - two\nsubplans: []\n"), ["one", "two"]);
});

test("JSON is read too, as it is asked about all the same", () => {
  assert.deepEqual(commandsOf('{"subplans": [\n {"name": "a", "run": "make a"}\n]}'), ["make a"]);
});

test("tools only: nothing to ask about", () => {
  assert.deepEqual(commandsOf("subplans:\n  - name: a\n    tools:\n      - builtin/list_files: {path: .}\n"), []);
});
