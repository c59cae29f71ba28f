// Plan files: which they are, and the folder that a plan's paths are relative to.
import * as vscode from "vscode";

export const plan_file_glob = "**/*.plan.{yaml,yml,json}";

export function isPlanFile(uri: vscode.Uri): boolean {
  return uri.scheme === "file" && /\.plan\.(ya?ml|json)$/.test(uri.path);
}

export async function findPlanFiles(limit = 500): Promise<vscode.Uri[]> {
  const files = await vscode.workspace.findFiles(plan_file_glob, "**/node_modules/**", limit);
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The git work tree that holds the file; without git its workspace folder, or its own folder: the server's rule. */
export async function projectFolder(file: vscode.Uri): Promise<vscode.Uri> {
  const start = vscode.Uri.joinPath(file, "..");
  for (let at = start; ; at = vscode.Uri.joinPath(at, "..")) {
    try {
      await vscode.workspace.fs.stat(vscode.Uri.joinPath(at, ".git"));
      return at;
    } catch {
      if (at.path === "/" || at.path === "" || vscode.Uri.joinPath(at, "..").path === at.path) break;
    }
  }
  return vscode.workspace.getWorkspaceFolder(file)?.uri ?? start;
}

/** What the file says now, unsaved edits included; nothing when it is not there or not text. */
export async function textNow(file: vscode.Uri): Promise<string | undefined> {
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === file.toString());
  if (open !== undefined) return open.getText();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await vscode.workspace.fs.readFile(file));
  } catch {
    return undefined;
  }
}

const example = `plan: local/first-plan
goal: What you want to have in the end
subplan_defaults: {max_parallel: 4, timeout: 10m}
subplans:
  - name: one
    goal: A piece of the work
    run: echo "any shell command" > one.txt
  - name: two
    goal: Another piece, at the same time
    tools:
      - builtin/write_file: {path: two.txt, content: "written by a tool call\\n"}
  - name: three
    after: [one, two]
    goal: Starts from their merged results
    run: cat one.txt two.txt > three.txt
    check: test -s three.txt
`;

/** A new plan file with an example in it, on disk: lenses and mistakes are shown from the start. */
export async function newPlanFile(named?: string): Promise<void> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length === 0) {
    void vscode.window.showInformationMessage("Open a folder first: a plan works on the files of a folder.");
    return;
  }
  const pick = { placeHolder: "In which folder?" };
  const folder = folders.length === 1 ? folders[0] : await vscode.window.showWorkspaceFolderPick(pick);
  if (folder === undefined) return;
  const fileOf = (name: string): vscode.Uri => vscode.Uri.joinPath(folder.uri, `${name}.plan.yaml`);
  const name =
    named ??
    (await vscode.window.showInputBox({
      title: "New plan",
      prompt: "The file is NAME.plan.yaml",
      value: "first",
      validateInput: async (text) => {
        if (!/^[\p{L}\p{N}_-][\p{L}\p{N}_ .-]*$/u.test(text)) return "A name of letters, digits, - and _";
        return (await exists(fileOf(text))) ? `${text}.plan.yaml is there already` : undefined;
      },
    }));
  if (name === undefined) return;
  const file = fileOf(name);
  if (!(await exists(file))) await vscode.workspace.fs.writeFile(file, new TextEncoder().encode(example));
  await vscode.window.showTextDocument(file);
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}
