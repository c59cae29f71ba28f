// What the suites have in common.
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const vscode = require("vscode");

const say = (text) => console.log(`pland-test: ${text}`);

/** A machine that others load too: a wait ends when what it waits for is there, so a long limit costs nothing. */
const most_seconds = 300;

/** Waits for what `look` gives to be something. */
async function until(what, look) {
  const end = Date.now() + most_seconds * 1000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${most_seconds} s for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** Diagnostics of ours on a file with this code. */
const diagnosticsOf = (uri, code) =>
  vscode.languages.getDiagnostics(uri).filter((each) => {
    const is = typeof each.code === "object" ? each.code.value : each.code;
    return each.source === "pland" && is === code;
  });

async function quickFix(uri, range, title) {
  const actions = await until(`the quick fix ${title}`, async () => {
    const all = await vscode.commands.executeCommand("vscode.executeCodeActionProvider", uri, range, "quickfix", 10);
    return all.some((action) => title.test(action.title)) && all;
  });
  const { command } = actions.find((action) => title.test(action.title));
  await vscode.commands.executeCommand(command.command, ...command.arguments);
}

async function lensTitled(uri, title) {
  const lenses = await vscode.commands.executeCommand("vscode.executeCodeLensProvider", uri, 50);
  return lenses.find((lens) => lens.command?.title === title)?.command;
}

/** The extension with a server that runs; its API has `trees` in the host of tests. */
async function extension() {
  const found = vscode.extensions.getExtension("pland.pland");
  assert.ok(found, "the extension is not there");
  const api = await found.activate();
  await until("a running server", () => api.serverState === "running");
  return { api, manifest: found.packageJSON };
}

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


/** What a row looks like and how it is spoken: a label that says more than the icon, and icons of the theme. */
function eachItem(tree, nodes) {
  assert.ok(nodes.length > 0, "no rows to look at");
  for (const node of nodes) {
    const item = tree.getTreeItem(node);
    assert.ok(item.iconPath instanceof vscode.ThemeIcon, `icon of ${item.label}`);
    const spoken = item.accessibilityInformation?.label ?? "";
    assert.notEqual(spoken, "", `spoken label of ${item.label}`);
    assert.ok(spoken.includes(String(item.label).replace(/…$/, "")), `${spoken} for ${item.label}`);
    const colour = item.iconPath.color;
    assert.ok(colour === undefined || /^[a-zA-Z.]+$/.test(colour.id), `colour of ${item.label}`);
    assert.ok(item.id, "what is expanded stays so only with an id");
  }
}

/** One after the other: each goes on from the one before. */
async function runAll(tests) {
  const state = {};
  for (const [name, test] of Object.entries(tests)) {
    const started = Date.now();
    try {
      await test(state);
      say(`ok    ${name} (${Date.now() - started} ms)`);
    } catch (error) {
      say(`FAIL  ${name}: ${error.stack ?? error}`);
      throw new Error(`failed: ${name}`);
    }
  }
}

module.exports = { say, until, diagnosticsOf, quickFix, lensTitled, extension, serverPids, eachItem, runAll };
