// The project of the main job, to try things on, in FOLDER; one that is there stays as it is.     demo.mjs FOLDER
import fs from "node:fs";
import path from "node:path";
import { makeProject } from "./project.mjs";

const folder = path.resolve(process.argv[2]);
if (!fs.existsSync(folder)) {
  const made = makeProject("demo");
  fs.cpSync(made.folder, folder, { recursive: true });
  made.remove();
}
console.log(folder);
