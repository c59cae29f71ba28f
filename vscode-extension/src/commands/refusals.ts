// Shows what went wrong with a command that a person gave, and the ways on that the server named.
import * as vscode from "vscode";
import type { Server } from "../server";
import { message } from "../server";

interface Refusal {
  code?: number;
  data?: { code?: string; paths?: string[]; uri?: string; problems?: unknown[] };
}

const request_cancelled = -32800;

export async function showRefusal(server: Server, what: string, error: unknown): Promise<void> {
  const refusal = error as Refusal;
  if (error instanceof vscode.CancellationError || refusal.code === request_cancelled) return;
  const text = sentence(message(error));
  server.output.warn(`${what}: ${text}`);
  if (server.state === "failed") {
    const choice = await vscode.window.showErrorMessage(text, "Open Settings", "Show Output");
    if (choice === "Open Settings") await vscode.commands.executeCommand("pland.openSettings");
    if (choice === "Show Output") server.output.show();
    return;
  }
  if (refusal.data?.code === "plan-file" && refusal.data.uri !== undefined) {
    const choice = await vscode.window.showErrorMessage(text, "Show Problems");
    if (choice === undefined) return;
    await vscode.window.showTextDocument(vscode.Uri.parse(refusal.data.uri));
    await vscode.commands.executeCommand("workbench.actions.view.problems");
    return;
  }
  if (refusal.data?.code === "conflict" && (refusal.data.paths?.length ?? 0) > 0) {
    const choice = await vscode.window.showWarningMessage(text, "Show Conflicts");
    if (choice !== undefined) await vscode.commands.executeCommand("pland.conflicts.focus");
    return;
  }
  await vscode.window.showErrorMessage(text);
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
