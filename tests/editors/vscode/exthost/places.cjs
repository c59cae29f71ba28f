// Names, texts and folders that are not plain: two folders in one window, one of them a symbolic link; spaces, #, %
// and letters of other scripts in paths; CRLF, tabs and wide characters in texts; files opened before the server.
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const vscode = require("vscode");
const { until, diagnosticsOf, quickFix, lensTitled, extension, serverPids, eachItem, runAll } = require("./harness.cjs");

const folders = () => vscode.workspace.workspaceFolders.map((each) => each.uri.fsPath);
const at = (number, name) => vscode.Uri.file(path.join(folders()[number], name));

/** The files of each folder, with the line that both subplans change. */
const { texts, unseen, changed_line, plan_name } = require("../places.cjs");

const all_names = [...Object.keys(texts), ...Object.keys(unseen)];

async function shown(uri) {
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document, { preview: false });
  return document;
}

/** Those that have no editor too, which "Save All" passes over. */
async function saveDocuments() {
  for (const document of vscode.workspace.textDocuments) {
    if (document.uri.scheme === "file" && document.isDirty) assert.ok(await document.save(), document.uri.fsPath);
  }
}

const conflictOn = (uri) =>
  until(`the conflict of ${uri.fsPath}`, () => {
    const found = diagnosticsOf(uri, "merge-conflict");
    return found.length > 0 && found;
  });

const tests = {
  async "files that were opened before the server started are its documents"(state) {
    const { api } = await extension();
    state.api = api;
    await vscode.commands.executeCommand("pland.stopServer");
    assert.equal(serverPids().length, 0);
    const mistake = await shown(at(0, "mistake.plan.yaml"));
    for (const number of [0, 1]) {
      for (const name of Object.keys(texts)) await shown(at(number, name));
    }
    await vscode.commands.executeCommand("pland.restartServer");
    const [found] = await until("the mistake", () => {
      const all = diagnosticsOf(mistake.uri, "unknown-key");
      return all.length > 0 && all;
    });
    assert.equal(mistake.getText(found.range), "rnu", "columns count as the editor does, behind wide characters too");
    const plan = await shown(at(0, plan_name));
    const lens = await until("a lens", () => lensTitled(plan.uri, "Spawn"));
    assert.equal(lens.command, "pland.spawn");
  },

  async "both folders run their plans in one server"(state) {
    state.plans = [];
    for (const number of [0, 1]) {
      const spawned = await vscode.commands.executeCommand("pland.spawn", { uri: at(number, plan_name).toString() });
      assert.ok(spawned, "it was refused");
      state.plans.push(spawned.planId);
    }
    const open = all_names.length;
    for (const planId of state.plans) {
      await until("its conflicts", () => state.api.plans.find((each) => each.planId === planId)?.conflicts.open === open);
    }
    assert.equal(serverPids().length, 1);
  },

  async "each conflict is on its line of the file as it is open, once"() {
    for (const number of [0, 1]) {
      for (const [name, text] of Object.entries(texts)) {
        const uri = at(number, name);
        const found = await conflictOn(uri);
        assert.equal(found.length, 1, `${uri.fsPath}: told once`);
        const document = await shown(uri);
        assert.equal(document.getText(), text);
        assert.equal(document.lineAt(found[0].range.start.line).text, changed_line(name), uri.fsPath);
      }
    }
    const real = vscode.Uri.file(fs.realpathSync(folders()[1]));
    const said = vscode.languages.getDiagnostics().filter(([uri]) => uri.fsPath.startsWith(real.fsPath + path.sep));
    assert.deepEqual(said.map(([uri]) => uri.fsPath), [], "nothing on files by a path that is not the window's");
  },

  async "it stays on its line while the person types above it"() {
    for (const [name] of Object.entries(texts)) {
      const document = await shown(at(0, name));
      const before = (await conflictOn(document.uri))[0].range.start.line;
      const edit = new vscode.WorkspaceEdit();
      edit.insert(document.uri, new vscode.Position(0, 0), "😀 new\n\n");
      await vscode.workspace.applyEdit(edit);
      await until("the line to follow", () => {
        const [now] = diagnosticsOf(document.uri, "merge-conflict");
        return now?.range.start.line === before + 2;
      });
      assert.equal(document.lineAt(before + 2).text, changed_line(name));
    }
  },

  async "the rows of the trees tell the folders apart, and are spoken"(state) {
    const { trees } = state.api;
    const plans = await trees.plans.getChildren();
    const said = plans.map((node) => trees.plans.getTreeItem(node).description);
    for (const { name } of vscode.workspace.workspaceFolders) {
      assert.ok(said.some((text) => text.endsWith(`· ${name}`)), `${name} in ${said.join(" | ")}`);
    }
    const conflicts = await trees.conflicts.getChildren();
    assert.equal(conflicts.length, 2 * all_names.length);
    for (const node of conflicts) {
      const { resourceUri } = trees.conflicts.getTreeItem(node);
      assert.ok(folders().some((each) => resourceUri.fsPath.startsWith(each + path.sep)), resourceUri.fsPath);
    }
    eachItem(trees.plans, plans);
    eachItem(trees.conflicts, conflicts);
    const checkpoints = await trees.checkpoints.getChildren();
    eachItem(trees.checkpoints, checkpoints);
    eachItem(trees.checkpoints, await trees.checkpoints.getChildren(checkpoints[0]));
  },

  async "a click on a conflict opens the file at its line"(state) {
    const { conflicts } = await state.api.request("conflicts", { planId: state.plans[1] });
    for (const { conflictId, path: name } of conflicts) {
      if (name in unseen) continue;
      await vscode.commands.executeCommand("pland.openConflict", { conflictId });
      const editor = vscode.window.activeTextEditor;
      assert.equal(editor.document.uri.toString(), at(1, name).toString());
      assert.equal(editor.document.lineAt(editor.selection.active.line).text, changed_line(name));
    }
  },

  async "what no editor shows is told of and resolved too"(state) {
    const [name] = Object.keys(unseen);
    for (const [number, planId] of state.plans.entries()) {
      const [found] = await conflictOn(at(number, name));
      assert.equal(found.range.start.line, 1);
      const { conflicts } = await state.api.request("conflicts", { planId });
      const { conflictId } = conflicts.find((each) => each.path === name);
      await vscode.commands.executeCommand("pland.takeTheirs", { conflictId });
      await until("the diagnostic to go", () => diagnosticsOf(at(number, name), "merge-conflict").length === 0);
    }
  },

  async "quick fixes resolve, each on its own file"() {
    for (const number of [0, 1]) {
      for (const name of Object.keys(texts)) {
        const { uri } = await shown(at(number, name));
        await quickFix(uri, (await conflictOn(uri))[0].range, /right \(theirs\)/);
        await until("the diagnostic to go", () => diagnosticsOf(uri, "merge-conflict").length === 0);
      }
    }
  },

  async "the changes of a subplan show both sides of every file"(state) {
    const { subplanId } = state.api.plans.find((each) => each.planId === state.plans[1]).subplans[1];
    for (const [name, text] of Object.entries(texts)) {
      await vscode.commands.executeCommand("pland.diff", { subplanId, path: name });
      const side = (which) =>
        until(`${which} of ${name}`, () =>
          vscode.workspace.textDocuments.find((each) => {
            if (each.uri.scheme !== "pland-view") return false;
            const view = JSON.parse(each.uri.query);
            return view.path === name && view.side === which && view.id === subplanId;
          }));
      assert.equal((await side("before")).getText(), text);
      assert.equal((await side("after")).getText(), text.replace("TARGET", "right"));
    }
    // What was typed is the person's: closing an editor of a test drops it.
    await saveDocuments();
    await vscode.commands.executeCommand("workbench.action.closeAllEditors");
  },

  async "apply writes the same files, with the line ends they had"(state) {
    for (const name of Object.keys(texts)) await shown(at(0, name));
    for (const planId of state.plans) {
      const applied = await vscode.commands.executeCommand("pland.apply", { planId });
      assert.deepEqual(applied?.files.map((each) => each.file).sort(), [...all_names].sort());
    }
    for (const [name, text] of Object.entries(unseen)) {
      for (const number of [0, 1]) {
        assert.equal(fs.readFileSync(at(number, name).fsPath, "utf8"), text.replace("TARGET", "right"));
      }
    }
    // A document lives on for a while after its editor was closed.
    await saveDocuments();
    for (const [name, text] of Object.entries(texts)) {
      const merged = text.replace("TARGET", "right");
      assert.equal(fs.readFileSync(at(1, name).fsPath, "utf8"), merged, name);
      const document = await shown(at(0, name));
      const eol = text.includes("\r\n") ? "\r\n" : "\n";
      assert.equal(document.getText(), `😀 new${eol}${eol}${merged}`, name);
    }
    assert.ok(fs.lstatSync(folders()[1]).isSymbolicLink(), "the link is still one");
  },

  async "undo in one folder leaves the other alone"(state) {
    await vscode.commands.executeCommand("pland.undo", { planId: state.plans[1] });
    for (const [name, text] of Object.entries({ ...texts, ...unseen })) {
      await until(`the old text of ${name}`, async () => {
        await saveDocuments();
        return fs.readFileSync(at(1, name).fsPath, "utf8") === text;
      });
      assert.match(fs.readFileSync(at(0, name).fsPath, "utf8"), /right/);
    }
    assert.equal(serverPids().length, 1);
  },
};

exports.run = () => runAll(tests);
