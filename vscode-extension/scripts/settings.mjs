// Writes the settings of src/settings_schema.ts into package.json.     node scripts/settings.mjs
import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const options = { absWorkingDir: root, entryPoints: ["src/settings_schema.ts"], bundle: true, format: "esm", write: false };
const code = (await build(options)).outputFiles[0].text;
const { configuration } = await import(`data:text/javascript;base64,${Buffer.from(code).toString("base64")}`);
const file = join(root, "package.json");
const manifest = JSON.parse(readFileSync(file, "utf8"));
manifest.contributes.configuration = configuration();
writeFileSync(file, `${JSON.stringify(manifest, undefined, 2)}\n`);
