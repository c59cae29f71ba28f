// Runs exthost/index.cjs inside a real extension host.    RIG, PLAND, EXTENSION (unpacked) in the environment
import path from "node:path";
import { fileURLToPath } from "node:url";
import { makeProject } from "./project.mjs";
import { openWindow } from "./window.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const { RIG, PLAND, EXTENSION, VSCODE = "4.100.3" } = process.env;
const started = Date.now();
const project = makeProject("a folder # with ü");
const window = await openWindow({
  rig: RIG,
  version: VSCODE,
  testModules: true,
  settings: { "pland.server.path": PLAND, "pland.server.arguments": ["--test"], "pland.confirmCommands": "never" },
});
let code = 124;
try {
  const { page, visit, remote } = window;
  const ended = new Promise((resolve) => {
    page.exposeFunction("codeAutomationExit", resolve);
    page.exposeFunction("codeAutomationLog", (_type, args) => {
      const text = args.join(" ");
      if (text.startsWith("pland-test: ")) console.log(text.slice(12));
    });
  });
  await visit(project.folder, [
    ["extensionDevelopmentPath", remote(EXTENSION)],
    ["extensionTestsPath", remote(path.join(here, "exthost/index.cjs"))],
    ["enableProposedApi", ""],
    ["skipWelcome", "true"],
  ]);
  code = await Promise.race([ended, new Promise((resolve) => setTimeout(() => resolve(124), 120_000))]);
  if (code !== 0) await page.screenshot({ path: path.join(RIG, "exthost-failed.png") });
  const stray = project.git("for-each-ref", "--format=%(refname)").trim().split("\n");
  const known = stray.every((ref) => ref === "refs/heads/main" || ref.startsWith("refs/pland/"));
  if (!known) throw new Error(`references that were not there: ${stray.join(" ")}`);
} catch (error) {
  console.error(error);
  code = 1;
} finally {
  if (code !== 0) console.error(window.readLog().slice(-3000));
  await window.close();
  project.remove();
}
console.log(`${code === 0 ? "passed" : "failed"} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
process.exit(code);
