// Where the server's program is: what the setting says, else what came with the extension, else the PATH.
// Pure: whether a file can be run is asked of the caller.
import * as path from "node:path";

export interface PathInputs {
  /** Value of `pland.server.path`; "" when not set. */
  setting: string;
  /** Where the extension is installed. */
  extensionFolder: string;
  /** The workspace's first folder: what a relative setting is relative to. */
  workspaceFolder?: string | undefined;
  home: string;
  searchPath: string;
  platform: NodeJS.Platform;
  isProgram: (file: string) => boolean;
}

export interface FoundServer {
  program: string;
  from: "setting" | "bundled" | "path";
}

export interface NoServer {
  problem: string;
}

export function findServer(inputs: PathInputs): FoundServer | NoServer {
  const name = inputs.platform === "win32" ? "pland.exe" : "pland";
  const setting = inputs.setting.trim();
  if (setting !== "") {
    const program = absolute(setting, inputs);
    if (inputs.isProgram(program)) return { program, from: "setting" };
    return {
      problem: `The setting "pland.server.path" names ${program}, which is not a program that can be run. ` +
        `Correct it, or clear it to use the server that came with the extension or the one on your PATH.`,
    };
  }
  const bundled = path.join(inputs.extensionFolder, "server", name);
  if (inputs.isProgram(bundled)) return { program: bundled, from: "bundled" };
  for (const folder of inputs.searchPath.split(path.delimiter)) {
    if (folder === "" || !path.isAbsolute(folder)) continue;
    const program = path.join(folder, name);
    if (inputs.isProgram(program)) return { program, from: "path" };
  }
  return {
    problem: `There is no server: this package of the extension has none inside and "${name}" is not on your PATH. ` +
      `Install pland, or set "pland.server.path" to its program.`,
  };
}

function absolute(setting: string, inputs: PathInputs): string {
  const root = inputs.workspaceFolder ?? inputs.home;
  const expanded = setting
    .replace(/^~(?=$|[\\/])/, () => inputs.home)
    .replace(/\$\{workspaceFolder\}/g, () => root)
    .replace(/\$\{userHome\}/g, () => inputs.home);
  return path.resolve(root, expanded);
}
