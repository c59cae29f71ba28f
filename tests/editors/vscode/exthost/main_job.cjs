// The main job by the editor's API, in the extension host: no clicks, so it is quick. `run` is what VS Code calls.
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const vscode = require("vscode");
const { until, diagnosticsOf, quickFix, lensTitled, extension, serverPids, eachItem, runAll } = require("./harness.cjs");

const folder = () => vscode.workspace.workspaceFolders[0].uri.fsPath;
const file = (name) => vscode.Uri.file(path.join(folder(), name));
const read = (name) => fs.readFileSync(path.join(folder(), name), "utf8");

const diagnostics = (name, code) => diagnosticsOf(file(name), code);

const tests = {
  async "the extension starts the server and knows the language"(state) {
    const { api, manifest } = await extension();
    state.api = api;
    const document = await vscode.workspace.openTextDocument(file("retire-logger.plan.yaml"));
    await vscode.window.showTextDocument(document);
    assert.equal(document.languageId, "pland-plan");
    const commands = await vscode.commands.getCommands(true);
    for (const { command } of manifest.contributes.commands) {
      assert.ok(commands.includes(command), `${command} is offered and not there`);
    }
  },

  async "the lens Spawn runs the plan"(state) {
    const lens = await until("the lens", () => lensTitled(file("retire-logger.plan.yaml"), "Spawn"));
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

  async "every row of the trees is labelled, and has the theme's icon and colour"(state) {
    for (const tree of Object.values(state.api.trees)) {
      const walk = async (node) => {
        const nodes = await tree.getChildren(node);
        if (node === undefined || nodes.length > 0) eachItem(tree, nodes);
        for (const each of nodes) await walk(each);
      };
      await walk(undefined);
    }
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
    await quickFix(document.uri, range, /storage \(theirs\)/);
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

  async "requests while a killed server comes back start no second one"(state) {
    for (const pid of serverPids()) process.kill(pid, "SIGKILL");
    await until("its end to be noticed", () => state.api.serverState !== "running");
    const answers = await Promise.all([1, 2, 3].map(() => state.api.request("status", {})));
    for (const { plans } of answers) assert.ok(plans.some((plan) => plan.planId === state.planId));
    assert.equal(serverPids().length, 1);
  },

  async "a stopped server leaves nothing on the screen, and commands start it"(state) {
    await vscode.commands.executeCommand("pland.stopServer");
    assert.equal(state.api.serverState, "stopped");
    assert.equal(state.api.plans.length, 0);
    assert.equal(diagnostics("src/net.c", "merge-conflict").length, 0);
    await until("the process to end", () => serverPids().length === 0);
    await state.api.request("status", {});
    assert.equal(state.api.serverState, "running");
  },

  async "a program that never answers does not hold the next one"(state) {
    const silent = path.join(fs.mkdtempSync(path.join(path.dirname(folder()), "silent-")), "pland");
    fs.writeFileSync(silent, "#!/bin/sh\nexec cat >/dev/null\n", { mode: 0o755 });
    const settings = vscode.workspace.getConfiguration("pland.server");
    const set = (path_) => settings.update("path", path_, vscode.ConfigurationTarget.Workspace);
    await set(silent);
    await until("it to be started", () => state.api.serverState === "starting");
    await set(undefined);
    await until("the right one", () => state.api.serverState === "running");
    await until("one server", () => serverPids().length === 1);
    await state.api.request("status", {});
  },

  async "a program that ends at once is told of, and is not started again and again"(state) {
    const settings = vscode.workspace.getConfiguration("pland.server");
    const set = (path_) => settings.update("path", path_, vscode.ConfigurationTarget.Workspace);
    await set("/bin/false");
    await until("its failure", () => state.api.serverState === "failed");
    await assert.rejects(Promise.resolve(state.api.request("status", {})), /\/bin\/false ended with exit code 1/);
    await set(undefined);
    await until("the right one", () => state.api.serverState === "running");
  },

  async "a report says how things are"(state) {
    const text = await vscode.commands.executeCommand("pland.report");
    assert.match(text, /- server: \d+\.\d+\.\d+, running/);
    assert.match(text, /local\/retire-logger: execute/);
    assert.match(text, /starting .*pland/, "what the extension logged");
    assert.equal(vscode.window.activeTextEditor.document.getText(), text);
    await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
    assert.equal(state.api.serverState, "running");
  },

  async "a plan goes back to strategize, and is executed again"(state) {
    const reverted = await vscode.commands.executeCommand("pland.revert", { planId: state.planId, reason: "try again" });
    assert.equal(reverted.phase, "strategize");
    await until("the plan to wait", () => state.plan().phase === "strategize" && state.plan().reversionCount === 1);
    await vscode.commands.executeCommand("pland.execute", { planId: state.planId });
    await until("its conflicts again", () => state.plan().phase === "execute" && state.plan().conflicts.open === 2);
  },

  async "decisions, failures and events are documents"(state) {
    const shown = async (command, argument, what) => {
      await vscode.commands.executeCommand(command, argument);
      return until(command, () => {
        const { document } = vscode.window.activeTextEditor ?? {};
        return document?.uri.scheme === "pland-view" && what.test(document.getText()) && document;
      });
    };
    const { planId } = state;
    const decisions = await shown("pland.tree", { planId }, /^Decisions of local\/retire-logger\n/);
    assert.match(decisions.getText(), /^goal: Replace old_log/m);
    assert.match(decisions.getText(), /[├└]─ subplan: net$/m);
    await shown("pland.errors", { planId }, /^What failed in local\/retire-logger$/m);
    const document = await shown("pland.events", { planId }, /"plan\.created"/);
    assert.equal(document.languageId, "json");
    const events = JSON.parse(document.getText());
    assert.ok(events.length > 10 && events.every((each) => each.planId === planId));
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  },

  async "a plan below a plan is below its subplan, and so are its conflicts"(state) {
    const { plans, conflicts } = state.api.trees;
    const inner = ["one", "two"].map((name) => `      - {name: ${name}, goal: g, run: "echo ${name} > nested.txt"}\n`);
    const text = "plan: local/nested\ngoal: Nested\nsubplans:\n  - name: middle\n    goal: Has some\n    subplans:\n";
    fs.writeFileSync(file("nested.plan.yaml").fsPath, text + inner.join(""));
    const { planId, children } = await state.api.request("spawn", { uri: file("nested.plan.yaml").toString() });
    const middle = children[0].subplanId;
    const look = async () => {
      const roots = await plans.getChildren();
      assert.ok(!roots.some((node) => node.id === middle), "not at the top");
      assert.ok(!state.api.plans.some((plan) => plan.planId === middle));
      const root = roots.find((node) => node.id === planId);
      const node = root && (await plans.getChildren(root)).find((each) => each.id === middle);
      const state_ = node && plans.getTreeItem(node).collapsibleState;
      if (state_ !== vscode.TreeItemCollapsibleState.Collapsed) return false;
      const below = await plans.getChildren(node);
      eachItem(plans, below.slice(0, 2));
      const done = below.slice(0, 2).map((each) => `${each.item().label}: ${each.item().description}`);
      return done.join() === "one: done, 1 file,two: done, 1 file";
    };
    const conflict = async () => {
      const all = (await conflicts.getChildren()).map((node) => conflicts.getTreeItem(node));
      return all.find((item) => item.label === "nested.txt");
    };
    await until("the subplans of the subplan", look);
    await until("their conflict", conflict);
    assert.match(plans.getTreeItem((await plans.getChildren()).find((node) => node.id === planId)).tooltip.value, /Profile/);
    await vscode.commands.executeCommand("pland.restartServer");
    await until("the subplans of the subplan, of a server that was started anew", look);
    await until("their conflict again", conflict);
    await vscode.commands.executeCommand("pland.cancel", { planId });
  },
};

exports.run = () => runAll(tests);
