// Runs the suites of exthost/ inside a real extension host, each in a window of its own.
//   exthost.mjs [SUITE]...     RIG, PLAND, EXTENSION (unpacked) in the environment; VSCODE: which code-server
import path from "node:path";
import { fileURLToPath } from "node:url";
import { makeMany, makePlaces, makeProject } from "./project.mjs";
import { openWindow } from "./window.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const { RIG, PLAND, EXTENSION, VSCODE = "4.100.3" } = process.env;
const suites = {
  main_job: () => makeProject("a folder # with ü"),
  places: makePlaces,
  many: makeMany,
};
const most_seconds = 900;

async function run(name) {
  const started = Date.now();
  const project = suites[name]();
  const settings = { "pland.server.path": PLAND, "pland.server.arguments": ["--test"], "pland.confirmCommands": "never" };
  const window = await openWindow({ rig: RIG, version: VSCODE, testModules: true, settings });
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
      ["extensionTestsPath", remote(path.join(here, `exthost/${name}.cjs`))],
      ["enableProposedApi", ""],
      ["skipWelcome", "true"],
    ]);
    code = await Promise.race([ended, new Promise((resolve) => setTimeout(() => resolve(124), most_seconds * 1000))]);
    if (code !== 0) await page.screenshot({ path: path.join(RIG, `exthost-${name}-failed.png`) });
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
  console.log(`${name}: ${code === 0 ? "passed" : "failed"} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  return code === 0;
}

const wanted = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(suites);
let good = true;
for (const name of wanted) good = (await run(name)) && good;
process.exit(good ? 0 : 1);
