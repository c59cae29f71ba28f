// A folder that nobody trusts: nothing of pland runs in it; once it is trusted the server does.
//   RIG, PACKAGE (the .vsix), VSCODE in the environment
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { handsOn } from "./hands.mjs";
import { makeProject } from "./project.mjs";
import { openWindow } from "./window.mjs";

const { RIG, PACKAGE, VSCODE = "4.100.3" } = process.env;
const shots = path.join(RIG, `shots-trust-${VSCODE}`);
fs.rmSync(shots, { recursive: true, force: true });
fs.mkdirSync(shots, { recursive: true });
const project = makeProject();
// Whether it asks at the start is its version's choice; it opens the folder untrusted all the same.
const settings = { "security.workspace.trust.startupPrompt": "never" };
const window = await openWindow({ rig: RIG, version: VSCODE, extension: PACKAGE, trust: true, settings });
const { page } = window;
const { seen, until, clickFor, command, picture } = handsOn(page, shots);

let code = 1;
try {
  await window.visit(project.folder, [["openFile", window.remote(project.file("retire-logger.plan.yaml"))]]);
  await seen(".statusbar-item :text('Restricted Mode')");
  await seen(".tab.active:has-text('retire-logger.plan.yaml')");
  // Extensions that may run have been started when the palette knows what is not there.
  await page.keyboard.press("F1");
  await seen(".quick-input-widget input");
  await page.keyboard.type("pland: Spawn");
  await seen(".quick-input-list :text('No matching commands'), .quick-input-list :text('similar commands')");
  await page.keyboard.press("Escape");
  assert.deepEqual(window.servers(), []);
  await picture("not-trusted", true);
  await command("Workspaces: Manage Workspace Trust");
  // The page draws itself anew while it fills.
  const trust = page.locator(".workspace-trust-editor .monaco-button", { hasText: /^Trust$/ }).first();
  await clickFor("the extension", trust, ".statusbar-item[aria-label^='pland'], .statusbar-item :text('pland')");
  await until("the server", () => window.servers().length === 1);
  await seen(".codelens-decoration a:has-text('Spawn'), .statusbar-item[aria-label^='pland']");
  code = 0;
} catch (error) {
  console.error(error);
  await page.screenshot({ path: path.join(shots, "failed.png") }).catch(() => undefined);
  console.error(window.readLog().split("\n").slice(-25).join("\n"));
} finally {
  await window.close();
  project.remove();
}
console.log(code === 0 ? "passed" : "failed");
process.exit(code);
