// Bundles the extension into dist/extension.js.     node scripts/build.mjs [--watch]
import { context } from "esbuild";
import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");

// The schema has one source; the package needs a copy of its own.
mkdirSync(join(root, "schemas"), { recursive: true });
copyFileSync(join(root, "../editors/plan.schema.json"), join(root, "schemas/plan.schema.json"));

const bundle = await context({
  absWorkingDir: root,
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  external: ["vscode"],
  sourcemap: true,
  minify: !process.argv.includes("--watch"),
  logLevel: "warning",
});
if (process.argv.includes("--watch")) {
  await bundle.watch();
} else {
  await bundle.rebuild();
  await bundle.dispose();
}
