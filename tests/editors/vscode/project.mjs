// The repository of the main job: two subplans meet on two files, one fails, one writes by a tool.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import places from "./places.cjs";

export const plan_text = `plan: local/retire-logger
goal: Replace old_log with the new logger
subplan_defaults: {max_parallel: 4, retry_failed: false, timeout: 1m}
subplans:
  - name: net
    goal: Move the network to the new logger
    run: |
      sed -i 's/old_log(port)/log::info(port)/' src/net.c
      sed -i 's/LOG=old/LOG=net/' build.cfg
  - name: storage
    goal: Move the storage to the new logger
    run: |
      sed -i 's/old_log(port)/logger(port, DEBUG)/; s/old_log(size)/logger(size)/' src/net.c
      sed -i 's/LOG=old/LOG=storage/' build.cfg
  - name: docs
    after: [net, storage]
    goal: Describe the new logger
    tools:
      - builtin/write_file: {path: docs/logging.md, content: "See src/log.h.\\n"}
`;

export const net_c = [
  "#include <stdio.h>",
  "",
  "/* waits for a connection */",
  "int listen_on(int port) {",
  "  old_log(port);",
  "  return port;",
  "}",
  "",
  "int store(int size) {",
  "  old_log(size);",
  "  return size;",
  "}",
  "",
].join("\n");

/** A repository with these files in a folder of its own. */
export function makeRepository(name, files) {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "pland-project-"));
  const folder = path.join(home, name);
  const file = (name_) => path.join(folder, name_);
  for (const [name_, text] of Object.entries(files)) {
    fs.mkdirSync(path.dirname(file(name_)), { recursive: true });
    fs.writeFileSync(file(name_), text);
  }
  const git = (...args) => execFileSync("git", args, { cwd: folder, stdio: "pipe", encoding: "utf8" });
  git("init", "-q", "-b", "main");
  // Line ends are what the test is about, whatever the machine's settings.
  git("config", "core.autocrlf", "false");
  git("add", "-A");
  git("-c", "user.name=t", "-c", "user.email=t@localhost", "commit", "-qm", "start");
  const read = (name_) => fs.readFileSync(file(name_), "utf8");
  return { home, folder, git, read, file, remove: () => fs.rmSync(home, { recursive: true, force: true }) };
}

export function makeProject(name = "project") {
  return makeRepository(name, {
    "retire-logger.plan.yaml": plan_text,
    "src/net.c": net_c,
    "build.cfg": "CC=gcc\nLOG=old\nOPT=2\n",
  });
}

/** Two repositories of files that are not plain, in one workspace; the second is there by a symbolic link. */
export function makePlaces() {
  const files = { ...places.texts, ...places.unseen, [places.plan_name]: places.plan_text, "mistake.plan.yaml": places.mistake_text };
  const both = [makeRepository("one # 100% ü", files), makeRepository("behind the link", files)];
  const link = path.join(both[0].home, "link to 漢字 #2");
  fs.symlinkSync(both[1].folder, link);
  const workspace = path.join(both[0].home, "both.code-workspace");
  fs.writeFileSync(workspace, JSON.stringify({ folders: [{ path: both[0].folder }, { path: link }] }));
  return { folder: workspace, git: both[0].git, remove: () => both.forEach((each) => each.remove()) };
}

/** A plan of 500 subplans, and one to make checkpoints of. */
export function makeMany() {
  const subplans = Array.from({ length: 500 }, (_, at) => `  - {name: s${at}, goal: wait, run: "true"}\n`);
  return makeRepository("many", {
    "many.plan.yaml": `plan: local/many\ngoal: Many\nsubplans:\n${subplans.join("")}`,
    "long.plan.yaml": 'plan: local/long\ngoal: Long\nsubplans:\n  - {name: one, goal: one, run: "echo 1 > one.txt"}\n',
  });
}
