// Makes the packages that a person installs:     node scripts/package.mjs [--server FOLDER] [--out FOLDER]
//   pland-VERSION.vsix             without a server: it uses the one on the PATH
//   pland-VERSION-linux-x64.vsix   with the server inside; only when FOLDER holds pland and pland-supervisor
// FOLDER is build/release of the repository unless named; OUT is build/vscode.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const option = (name, otherwise) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : resolve(process.argv[at + 1]);
};
const from = option("--server", resolve(root, "../build/release"));
const out = option("--out", resolve(root, "../build/vscode"));
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const programs = ["pland", "pland-supervisor"];
const inside = join(root, "server");

function vsce(file, ...more) {
  const vsceProgram = join(root, "node_modules/@vscode/vsce/vsce");
  const options = ["package", "--no-dependencies", "--no-rewrite-relative-links", "--allow-missing-repository"];
  execFileSync(process.execPath, [vsceProgram, ...options, "--out", join(out, file), ...more], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  console.log(join(out, file));
}

mkdirSync(out, { recursive: true });
execFileSync(process.execPath, [join(root, "scripts/build.mjs")], { stdio: "inherit" });
copyFileSync(resolve(root, "../LICENSE"), join(root, "LICENSE"));
rmSync(inside, { recursive: true, force: true });
vsce(`pland-${version}.vsix`);
if (!programs.every((program) => existsSync(join(from, program)))) {
  console.log(`no package with the server inside: ${from} does not hold ${programs.join(" and ")}`);
  process.exit(process.argv.includes("--server") ? 1 : 0);
}
try {
  mkdirSync(inside);
  for (const program of programs) {
    copyFileSync(join(from, program), join(inside, program));
    try {
      execFileSync("strip", [join(inside, program)], { stdio: "ignore" });
    } catch {
      // Without binutils it is only larger.
    }
    chmodSync(join(inside, program), 0o755);
  }
  vsce(`pland-${version}-linux-x64.vsix`, "--target", "linux-x64");
} finally {
  rmSync(inside, { recursive: true, force: true });
}
