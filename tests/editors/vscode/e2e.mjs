// The main job as a person does it: the packaged extension in a real window, by clicks and keys only. A picture of
// each step, in a dark and a light theme, is kept in RIG/shots-VERSION for someone to look at.
//   RIG, PACKAGE (the .vsix), VSCODE in the environment
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { net_c, makeProject } from "./project.mjs";
import { handsOn } from "./hands.mjs";
import { openWindow } from "./window.mjs";

const { RIG, PACKAGE, VSCODE = "4.100.3" } = process.env;
const shots = path.join(RIG, `shots-${VSCODE}`);
fs.rmSync(shots, { recursive: true, force: true });
fs.mkdirSync(shots, { recursive: true });
const started = Date.now();
const say = (text) => console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${text}`);

const project = makeProject();
const window = await openWindow({
  rig: RIG,
  version: VSCODE,
  extension: PACKAGE,
  settings: {
    "window.autoDetectColorScheme": true,
    "workbench.preferredDarkColorTheme": "Default Dark Modern",
    "workbench.preferredLightColorTheme": "Default Light Modern",
    "files.simpleDialog.enable": true,
    "editor.minimap.enabled": false,
    "window.dialogStyle": "custom",
    "mergeEditor.showDeletionMarkers": true,
    "pland.trace.server": "messages",
  },
});
const { page } = window;
await page.emulateMedia({ colorScheme: "dark" });

const { seen, gone, until, shownSoon, clickFor, command, open, row, press, picture, long } = handsOn(page, shots);

const lens = (title) => page.locator(".codelens-decoration > *", { hasText: title }).first();

// --- the main job ---

async function mainJob() {
  await window.visit(project.folder, [["openFile", window.remote(project.file("retire-logger.plan.yaml"))]]);
  await seen(".monaco-workbench");
  await seen(".codelens-decoration");
  say("the plan file is open and has its lens");
  await page.locator(".activitybar .action-item a[aria-label^='pland']").first().click();
  await seen(".pane-header:has-text('Plans')");
  await seen(".welcome-view-content :text('No plan has been run here yet')");
  await picture("plan-file-and-welcome");

  await clickFor("the question", lens("Spawn"), ".monaco-dialog-box");
  await picture("question-before-commands", true);
  await page.locator(".monaco-dialog-box .monaco-button", { hasText: /^Run$/ }).click();
  say("asked once, then spawned");
  await row("Plans", "docs").waitFor(long);
  await until("the plan's end in the tree", async () => /2 conflicts/.test(await row("Plans", "retire-logger").innerText()));
  await seen(".notification-toast :text('has 2 conflicts')");
  await picture("tree-after-the-run-and-notification");
  await page.locator(".notification-toast .monaco-button", { hasText: "Show Conflicts" }).click();
  await row("Conflicts", "net.c").waitFor(long);
  say("the tree tells of two conflicts");

  await row("Conflicts", "net.c").click();
  await seen(".tab.active:has-text('net.c')");
  await seen(".squiggly-error");
  await page.keyboard.press("Control+Shift+M");
  await seen(".markers-panel .monaco-list-row:has-text('both changed these lines')");
  await picture("conflict-on-the-line-and-in-problems");
  assert.equal(project.read("src/net.c"), net_c, "the file on disk is as it was");

  // The menu goes when the editor is drawn anew under it; a person asks again.
  await until("the quick fixes", async () => {
    await page.locator(".view-line", { hasText: "old_log(port)" }).first().click();
    await page.keyboard.press("Control+.");
    return shownSoon(".action-widget :text('storage (theirs)')");
  });
  await picture("quick-fixes", true);
  // The menu takes the mouse only after it was seen to move.
  const fix = page.locator(".action-widget .monaco-list-row", { hasText: "storage (theirs)" }).first();
  await fix.hover({ force: true });
  await fix.hover({ force: true, position: { x: 60, y: 8 } });
  await fix.click({ force: true });
  await gone(".squiggly-error");
  await page.keyboard.press("Control+Shift+M");
  say("a quick fix resolved one");

  await press(row("Conflicts", "build.cfg"), "git-merge");
  await mergeEditorIsThere();
  await picture("merge-editor");
  // It holds what nobody has saved; VS Code keeps that a while after it came to be.
  await until("its backup", () => backupsOfMerges().length > 0);
  await page.reload();
  await mergeEditorIsThere();
  say("the merge editor is there again after the window was reloaded");
  // Both sides, in one line of our own.
  await mergeByHand();
  await page.keyboard.press("Control+S");
  await gone(".tab.active.dirty");
  // VS Code lets go of its backup of unsaved text a while after that; it would be shown again.
  await until("its backup to go", () => backupsOfMerges().length === 0);
  await page.reload();
  // Which editors it had open a browser's window keeps once a minute only: a person asks for the conflict again.
  await press(row("Conflicts", "build.cfg"), "git-merge");
  await seen(".merge-editor .result .view-line:has-text('LOG=net+storage')");
  say("a result that was saved is there after another reload");
  await picture("merge-editor-with-a-result", true);
  await page.locator(".editor-actions .action-label[aria-label^='Complete Merge']").first().click();
  // What was handled before the reload VS Code does not know, and asks before it completes and before it closes.
  const anyhow = page.locator(".monaco-dialog-box .monaco-button", { hasText: /(Complete|Close) with Conflicts/ });
  await until("the resolution", async () => {
    if (await anyhow.isVisible()) await anyhow.click({ timeout: 5000 }).catch(() => undefined);
    return (await row("Conflicts", "Resolved").count()) > 0 && (await row("Conflicts", "build.cfg").count()) === 0;
  });
  say("the merge editor resolved the other");
  await picture("all-resolved");

  await press(row("Plans", "storage"), "diff");
  await seen(".monaco-diff-editor .view-line:has-text('logger(size)')");
  await picture("changes-of-a-subplan");

  await press(row("Checkpoints", "spawn of storage"), "discard");
  await seen(".monaco-dialog-box");
  await picture("question-before-rollback", true);
  await page.locator(".monaco-dialog-box .monaco-button", { hasText: "Roll Back" }).click();
  await until("the plan to wait", async () => /waits for you/.test(await row("Plans", "retire-logger").innerText()));
  await picture("rolled-back");
  await page.locator(".notification-toast .monaco-button", { hasText: "Undo" }).first().click();
  await until("the plan as it was", async () => /3\/3 done/.test(await row("Plans", "retire-logger").innerText()));
  say("rolled back, and that undone");

  await command("Notifications: Clear All Notifications");
  await open("net.c");
  await press(row("Plans", "retire-logger"), "check");
  await seen(".notification-toast :text('Applied 3 files')");
  await until("the plan to be applied", async () => /applied/.test(await row("Plans", "retire-logger").innerText()));
  await picture("applied");
  await page.locator(".notification-toast .monaco-button", { hasText: "Save All" }).first().click();
  const merged = net_c.replace("old_log(port)", "logger(port, DEBUG)").replace("old_log(size)", "logger(size)");
  await until("the file on disk", () => project.read("src/net.c") === merged);
  assert.equal(project.read("build.cfg"), "CC=gcc\nLOG=net+storage\nOPT=2\n");
  assert.equal(project.read("docs/logging.md"), "See src/log.h.\n");
  assert.equal(project.git("status", "--short").trim().split("\n").length, 3);
  assert.equal(project.git("log", "--oneline").trim().split("\n").length, 1);
  say("applied; the files on disk are right, and nothing else changed");
}

async function mergeEditorIsThere() {
  await seen(".merge-editor .result .view-line:has-text('LOG=')");
  await seen(".merge-editor :text('1 Conflict Remaining')");
}

function backupsOfMerges() {
  const folder = path.join(window.home, "data/User/Backups");
  if (!fs.existsSync(folder)) return [];
  return fs.readdirSync(folder, { recursive: true }).filter((name) => path.basename(path.dirname(name)) === "pland-merge");
}

async function mergeByHand() {
  await page.locator(".merge-editor .result .view-line", { hasText: "LOG=" }).first().click();
  await page.keyboard.press("Home");
  await page.keyboard.press("Shift+End");
  await page.keyboard.type("LOG=net+storage", { delay: 5 });
  await page.keyboard.press("Escape");
}

async function reloadWhileRunning() {
  // They end when the gate is there, however long the machine takes for what comes before that.
  const gate = path.join(project.home, "gate");
  const work = (each) => `while [ ! -e '${gate}' ]; do sleep 0.1; done; echo ${each} > s${each}.txt`;
  const subplans = [1, 2, 3].map((each) => `  - {name: s${each}, goal: wait, run: "${work(each)}"}\n`);
  fs.writeFileSync(project.file("slow.plan.yaml"), `plan: local/slow\ngoal: Takes its time\nsubplans:\n${subplans.join("")}`);
  await command("Notifications: Clear All Notifications");
  await open("slow.plan.yaml");
  await clickFor("the question", lens("Spawn"), ".monaco-dialog-box");
  await page.locator(".monaco-dialog-box .monaco-button", { hasText: /^Run$/ }).click();
  await until("it to run", async () => /running/.test(await row("Plans", "slow").innerText()));
  await picture("running");
  await page.reload();
  await row("Plans", "slow").waitFor(long);
  await seen(".notification-toast :text('was stopped when the window was closed')");
  await picture("after-a-reload", true);
  fs.writeFileSync(gate, "");
  await page.locator(".notification-toast .monaco-button", { hasText: "Continue" }).first().click();
  await until("all of it done", async () => /3\/3 done/.test(await row("Plans", "slow").innerText()));
  say("a window that was reloaded under a running plan tells so, and it goes on");
}

let code = 1;
try {
  await mainJob();
  if (process.env.ONLY !== "main") await reloadWhileRunning();
  code = 0;
} catch (error) {
  console.error(error);
  const lenses = page.locator(".codelens-decoration");
  console.error(await lenses.evaluateAll((all) => all.map((each) => each.outerHTML)).catch(() => undefined));
  await page.screenshot({ path: path.join(shots, "failed.png") }).catch(() => undefined);
  fs.writeFileSync(path.join(shots, "failed.log"), window.readLog());
} finally {
  await window.close();
  project.remove();
}
say(`${code === 0 ? "passed" : "failed"}; pictures in ${shots}`);
process.exit(code);
