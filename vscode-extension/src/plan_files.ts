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

/** A new, unsaved plan file with an example in it. */
export async function newPlanFile(): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (folder === undefined) {
    void vscode.window.showInformationMessage("Open a folder first: a plan works on the files of a folder.");
    return;
  }
  let uri = vscode.Uri.joinPath(folder.uri, "first.plan.yaml");
  for (let number = 2; await exists(uri); ++number) {
    uri = vscode.Uri.joinPath(folder.uri, `first-${number}.plan.yaml`);
  }
  const document = await vscode.workspace.openTextDocument(uri.with({ scheme: "untitled" }));
  const editor = await vscode.window.showTextDocument(document);
  if (document.getText() === "") await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), example));
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}
