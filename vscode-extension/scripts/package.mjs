// Makes the packages that a person installs:     node scripts/package.mjs [--server FOLDER] [--out FOLDER] [--target T]
//   pland-VERSION.vsix          without a server: it uses the one on the PATH
//   pland-VERSION-TARGET.vsix   with the server inside; only when FOLDER holds pland and pland-supervisor
// FOLDER is build/release of the repository unless named; OUT is build/vscode; TARGET is this machine's, as in
// linux-x64: name it when FOLDER's programs are for another.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const option = (name, otherwise, read = resolve) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : read(process.argv[at + 1]);
};
const from = option("--server", resolve(root, "../build/release"));
const out = option("--out", resolve(root, "../build/vscode"));
const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const target = option("--target", `${process.platform}-${process.arch}`, (name) => name);
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

/**
 * The shared libraries that a machine without our packages may lack, found by the programs beside themselves; not
 * those of the C library, which belong to the machine. With their licences.
 */
function addLibraries(files) {
  const of_the_machine = /^(linux-vdso|ld-linux.*|lib(c|m|dl|rt|pthread|resolv))\.so/;
  const found = new Map();
  const dynamic = files.filter((file) => spawnSync("ldd", [file]).status === 0);
  for (const file of dynamic) {
    const said = execFileSync("ldd", [file], { encoding: "utf8" });
    for (const [, name, where] of said.matchAll(/^\s*(\S+) => (\/\S+)/gm)) {
      if (!of_the_machine.test(name)) found.set(name, where);
    }
  }
  if (found.size === 0) return;
  mkdirSync(join(inside, "lib"));
  for (const [name, where] of found) {
    const copy = join(inside, "lib", name);
    copyFileSync(realpathSync(where), copy);
    chmodSync(copy, 0o755);
    patchelf(copy, "$ORIGIN");
    copyLicence(where);
  }
  for (const file of dynamic) patchelf(file, "$ORIGIN/lib");
}

function patchelf(file, folder) {
  const done = spawnSync("patchelf", ["--set-rpath", folder, file], { encoding: "utf8" });
  if (done.error?.code === "ENOENT") throw new Error("patchelf is missing (package: patchelf)");
  if (done.status !== 0) throw new Error(`patchelf ${file}: ${done.stderr}`);
}

/** Where the machine keeps it: Debian and its like. */
function copyLicence(library) {
  const owner = [library, realpathSync(library)]
    .map((file) => spawnSync("dpkg-query", ["--search", file], { encoding: "utf8" }).stdout ?? "")
    .find((said) => said !== "");
  const name = owner?.split(":")[0];
  const text = join("/usr/share/doc", name ?? "-", "copyright");
  if (name === undefined || !existsSync(text)) throw new Error(`no licence found for ${basename(library)}`);
  mkdirSync(join(inside, "licences"), { recursive: true });
  copyFileSync(text, join(inside, "licences", `${name}.txt`));
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
  if (target === `linux-${process.arch}`) addLibraries(programs.map((program) => join(inside, program)));
  vsce(`pland-${version}-${target}.vsix`, "--target", target);
} finally {
  rmSync(inside, { recursive: true, force: true });
}
