// The main job by the editor's API, in the extension host: no clicks, so it is quick. `run` is what VS Code calls.
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const vscode = require("vscode");

const say = (text) => console.log(`pland-test: ${text}`);
const folder = () => vscode.workspace.workspaceFolders[0].uri.fsPath;
const file = (name) => vscode.Uri.file(path.join(folder(), name));
const read = (name) => fs.readFileSync(path.join(folder(), name), "utf8");

/** Waits for what `look` gives to be something; woken by what the editor tells, and by a slow clock. */
async function until(what, look, seconds = 20) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${seconds} s for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

const diagnostics = (name, code) =>
  vscode.languages.getDiagnostics(file(name)).filter((each) => {
    const is = typeof each.code === "object" ? each.code.value : each.code;
    return each.source === "pland" && is === code;
  });

async function lensTitled(name, title) {
  const lenses = await vscode.commands.executeCommand("vscode.executeCodeLensProvider", file(name), 50);
  return lenses.find((lens) => lens.command?.title === title)?.command;
}

const tests = {
  async "the extension starts the server and knows the language"(state) {
    const extension = vscode.extensions.getExtension("pland.pland");
    assert.ok(extension, "the extension is not there");
    state.api = await extension.activate();
    await until("a running server", () => state.api.serverState === "running");
    const document = await vscode.workspace.openTextDocument(file("retire-logger.plan.yaml"));
    await vscode.window.showTextDocument(document);
    assert.equal(document.languageId, "pland-plan");
    const commands = await vscode.commands.getCommands(true);
    for (const { command } of extension.packageJSON.contributes.commands) {
      assert.ok(commands.includes(command), `${command} is offered and not there`);
    }
  },

  async "the lens Spawn runs the plan"(state) {
    const lens = await until("the lens", () => lensTitled("retire-logger.plan.yaml", "Spawn"));
    assert.equal(lens.command, "pland.spawn");
    const spawned = await vscode.commands.executeCommand(lens.command, ...lens.arguments);
    assert.equal(spawned.children.length, 3);
    state.planId = spawned.planId;
    state.plan = () => state.api.plans.find((plan) => plan.planId === state.planId);
    await until("the plan's end with its conflicts", () => {
      const plan = state.plan();
      return plan?.conflicts.open === 2 && plan.subplans.every((each) => each.state === "complete");
    });
  },

  async "conflicts are diagnostics on the user's own lines"() {
    const [found] = await until("the conflict", () => {
      const all = diagnostics("src/net.c", "merge-conflict");
      return all.length > 0 && all;
    });
    assert.equal(found.range.start.line, 4);
    assert.equal(found.severity, vscode.DiagnosticSeverity.Error);
    assert.match(read("src/net.c"), /^ {2}old_log\(port\);$/m);
    assert.equal(diagnostics("src/net.c", "merge-conflict").length, 1, "told once");
  },

  async "applying is refused while conflicts are open"(state) {
    await assert.rejects(Promise.resolve(state.api.request("apply", { planId: state.planId })), /contradict each other/);
  },

  async "a rollback takes the plan back"(state) {
    const { checkpoints } = await state.api.request("checkpoints", { planId: state.planId });
    assert.ok(checkpoints.length >= 3);
    const [first] = checkpoints;
    const done = await vscode.commands.executeCommand("pland.rollback", {
      planId: state.planId, checkpointId: first.checkpointId, confirmed: true });
    assert.equal(done.status, "ok");
    await until("the plan to wait", () => state.plan().state === "queued");
    await vscode.commands.executeCommand("pland.retry", { planId: state.planId });
    await until("the conflicts again", () => state.plan().conflicts.open === 2);
  },

  async "a quick fix resolves"() {
    const document = await vscode.workspace.openTextDocument(file("src/net.c"));
    await vscode.window.showTextDocument(document);
    const range = diagnostics("src/net.c", "merge-conflict")[0].range;
    const actions = await vscode.commands.executeCommand(
      "vscode.executeCodeActionProvider", document.uri, range, "quickfix", 10);
    const take = actions.find((action) => /storage \(theirs\)/.test(action.title));
    assert.ok(take, actions.map((action) => action.title).join(", "));
    await vscode.commands.executeCommand(take.command.command, ...take.command.arguments);
    await until("the diagnostic to go", () => diagnostics("src/net.c", "merge-conflict").length === 0);
  },

  async "the merge editor's result resolves"(state) {
    const { conflicts } = await state.api.request("conflicts", { planId: state.planId });
    const open = conflicts.find((conflict) => conflict.state === "open");
    assert.equal(open.path, "build.cfg");
    await state.api.openConflict(open.conflictId);
    const result = await until("the result's document", () =>
      vscode.workspace.textDocuments.find((each) => each.uri.authority.startsWith("result.")));
    await until("the merge editor to begin", () => !result.getText().includes("<<<<<<<"));
    const edit = new vscode.WorkspaceEdit();
    const all = new vscode.Range(0, 0, result.lineCount, 0);
    edit.replace(result.uri, all, "CC=gcc\nLOG=net,storage\nOPT=2\n");
    await vscode.workspace.applyEdit(edit);
    await result.save();
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
    await until("no open conflict", () => state.plan().conflicts.open === 0);
    assert.equal(diagnostics("build.cfg", "merge-conflict").length, 0);
  },

  async "the changes of a subplan have both sides"(state) {
    const { subplanId } = state.plan().subplans.find((each) => each.name === "net");
    await vscode.commands.executeCommand("pland.diff", { subplanId, path: "src/net.c" });
    const after = await until("the right side", () =>
      vscode.workspace.textDocuments.find((each) => each.uri.scheme === "pland-view" && /after/.test(each.uri.query)));
    assert.match(after.getText(), /log::info\(port\);/);
    assert.match(after.getText(), /int store\(int size\)/, "the whole file, not only the change");
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  },

  async "apply writes the merged files, open ones undoably"(state) {
    const document = await vscode.workspace.openTextDocument(file("src/net.c"));
    await vscode.window.showTextDocument(document);
    const applied = await vscode.commands.executeCommand("pland.apply", { planId: state.planId });
    assert.deepEqual(applied.files.map((each) => each.file).sort(), ["build.cfg", "docs/logging.md", "src/net.c"]);
    assert.match(document.getText(), /logger\(port, DEBUG\);/);
    assert.match(document.getText(), /logger\(size\);/);
    assert.equal(read("build.cfg"), "CC=gcc\nLOG=net,storage\nOPT=2\n");
    assert.equal(read("docs/logging.md"), "See src/log.h.\n");
    await document.save();
    await until("the plan to be applied", () => state.plan().state === "applied");
  },

  async "undo brings everything back"(state) {
    await vscode.commands.executeCommand("pland.undo", { planId: state.planId });
    const document = await vscode.workspace.openTextDocument(file("src/net.c"));
    await until("the old text", () => /old_log\(port\);/.test(document.getText()));
    await document.save();
    assert.equal(read("build.cfg"), "CC=gcc\nLOG=old\nOPT=2\n");
    assert.ok(!fs.existsSync(path.join(folder(), "docs/logging.md")));
  },

  async "a killed server comes back with everything"(state) {
    const { planId } = await vscode.commands.executeCommand("pland.spawn", { uri: file("retire-logger.plan.yaml").toString() });
    state.planId = planId;
    const before = await until("conflicts", () => state.plan()?.conflicts.open === 2 && state.plan());
    const states = [];
    const listening = state.api.onDidChangeServerState((now) => states.push(now));
    for (const pid of serverPids()) process.kill(pid, "SIGKILL");
    await until("a start", () => states.includes("starting") || states.includes("running"));
    await until("a running server", () => state.api.serverState === "running");
    listening.dispose();
    await until("the same plan", () => state.plan()?.revision >= before.revision);
    assert.equal(state.plan().conflicts.open, before.conflicts.open);
    await until("each conflict told once", () => diagnostics("src/net.c", "merge-conflict").length === 1);
    assert.equal(serverPids().length, 1);
  },

  async "a stopped server leaves nothing on the screen, and commands start it"(state) {
    await vscode.commands.executeCommand("pland.stopServer");
    assert.equal(state.api.serverState, "stopped");
    assert.equal(state.api.plans.length, 0);
    assert.equal(diagnostics("src/net.c", "merge-conflict").length, 0);
    await until("the process to end", () => serverPids().length === 0, 5);
    await state.api.request("status", {});
    assert.equal(state.api.serverState, "running");
  },
};

/** Servers that this extension host has started. */
function serverPids() {
  const children = `/proc/${process.pid}/task`;
  return fs.readdirSync(children)
    .flatMap((task) => fs.readFileSync(path.join(children, task, "children"), "utf8").split(" "))
    .filter((pid) => pid !== "" && isServer(pid))
    .map(Number);
}
function isServer(pid) {
  try {
    return path.basename(fs.readlinkSync(`/proc/${pid}/exe`)) === "pland";
  } catch {
    return false;
  }
}

exports.run = async () => {
  const state = {};
  const failures = [];
  for (const [name, test] of Object.entries(tests)) {
    const started = Date.now();
    try {
      await test(state);
      say(`ok    ${name} (${Date.now() - started} ms)`);
    } catch (error) {
      say(`FAIL  ${name}: ${error.stack ?? error}`);
      failures.push(name);
      break; // each goes on from the one before
    }
  }
  if (failures.length > 0) throw new Error(`failed: ${failures.join(", ")}`);
};
