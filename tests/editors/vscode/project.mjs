// The repository of the main job: two subplans meet on two files, one fails, one writes by a tool.
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

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

export function makeProject(name = "project") {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "pland-project-"));
  const folder = path.join(home, name);
  fs.mkdirSync(path.join(folder, "src"), { recursive: true });
  fs.writeFileSync(path.join(folder, "retire-logger.plan.yaml"), plan_text);
  fs.writeFileSync(path.join(folder, "src/net.c"), net_c);
  fs.writeFileSync(path.join(folder, "build.cfg"), "CC=gcc\nLOG=old\nOPT=2\n");
  const git = (...args) => execFileSync("git", args, { cwd: folder, stdio: "pipe", encoding: "utf8" });
  git("init", "-q", "-b", "main");
  git("add", "-A");
  git("-c", "user.name=t", "-c", "user.email=t@localhost", "commit", "-qm", "start");
  const read = (file) => fs.readFileSync(path.join(folder, file), "utf8");
  return { folder, git, read, file: (name_) => path.join(folder, name_), remove: () => fs.rmSync(home, { recursive: true, force: true }) };
}
