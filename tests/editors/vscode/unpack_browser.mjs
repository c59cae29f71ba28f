// Unpacks the browser that the package @sparticuz/chromium has inside, with the libraries that a machine without one
// may lack, and writes the program FOLDER/run.     unpack_browser.mjs FOLDER
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import zlib from "node:zlib";

const folder = path.resolve(process.argv[2]);
const packed = path.join(folder, "node_modules/@sparticuz/chromium/bin");
const unpack = (name, to) =>
  pipeline(fs.createReadStream(path.join(packed, name)), zlib.createBrotliDecompress(), fs.createWriteStream(path.join(folder, to)));

await unpack("chromium.br", "chromium");
fs.chmodSync(path.join(folder, "chromium"), 0o755);
for (const name of ["al2023.tar", "swiftshader.tar"]) {
  await unpack(`${name}.br`, name);
  execFileSync("tar", ["-xf", name], { cwd: folder });
  fs.rmSync(path.join(folder, name));
}
const program = `#!/bin/sh
here=${quoted(folder)}
LD_LIBRARY_PATH="$here/lib" exec "$here/chromium" "$@"
`;
fs.writeFileSync(path.join(folder, "run"), program, { mode: 0o755 });

function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
