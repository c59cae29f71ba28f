// What a command was called on: a node of a tree, a file in the explorer, a code lens, a key, or nothing.
import * as vscode from "vscode";
import type { Resolution } from "../../api/pland";
import { isPlanFile } from "../plan_files";

export interface Argument {
  planId?: string;
  subplanId?: string;
  checkpointId?: string;
  conflictId?: string;
  operationId?: string;
  uri?: string;
  path?: string;
  label?: string;
  hunk?: number;
  resolution?: Resolution;
  content?: string;
  attempt?: number;
  replace?: boolean;
  dryRun?: boolean;
  confirmed?: boolean;
  paths?: string[];
  show?: boolean;
  reason?: string;
  toPhase?: "strategize";
  showSuperseded?: boolean;
}

export function argumentOf(given: unknown): Argument {
  if (given instanceof vscode.Uri) return { uri: given.toString() };
  if (typeof given !== "object" || given === null) return {};
  const node = given as { params?: Argument };
  return node.params ?? given;
}

/** The plan file in front of the person. */
export function activePlanFile(): vscode.Uri | undefined {
  const uri = vscode.window.activeTextEditor?.document.uri;
  return uri !== undefined && isPlanFile(uri) ? uri : undefined;
}
