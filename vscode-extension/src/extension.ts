// Entry: puts the parts together.
import * as vscode from "vscode";
import type { PlandApi } from "../api/pland";
import { change_commands } from "./commands/change";
import { register } from "./commands/context";
import type { Commands } from "./commands/context";
import { look_commands } from "./commands/look";
import { report_commands } from "./commands/report";
import { run_commands } from "./commands/run";
import { window_commands } from "./commands/window";
import { MergeEditor } from "./merge_editor";
import { Notices } from "./notices";
import { findPlanFiles, plan_file_glob } from "./plan_files";
import { Plans } from "./plans";
import { Server, message } from "./server";
import { Status } from "./status";
import { Views } from "./texts/views";
import { CheckpointsTree } from "./trees/checkpoints_tree";
import { ConflictsTree } from "./trees/conflicts_tree";
import { PlansTree } from "./trees/plans_tree";
import { showMore } from "./trees/view";
import type { Tree } from "./trees/view";
import { Approvals } from "./trust";

let running: Server | undefined;

/** For the tests in an extension host: not part of the API. */
export interface ForTests {
  trees: Record<"plans" | "conflicts" | "checkpoints", Tree>;
}

export function activate(extension: vscode.ExtensionContext): PlandApi & Partial<ForTests> {
  const server = new Server(extension);
  running = server;
  const plans = new Plans(server);
  const views = new Views(server, plans);
  const mergeEditor = new MergeEditor(server, plans, extension.storageUri ?? extension.globalStorageUri);
  const notices = new Notices(plans, extension.workspaceState);
  const plansTree = new PlansTree(plans, server);
  const checkpointsTree = new CheckpointsTree(plans, server);
  const conflictsTree = new ConflictsTree(plans, server);
  const trees = [plansTree, conflictsTree, checkpointsTree];
  const approvals = new Approvals(extension.workspaceState);
  const commands: Commands = { server, plans, views, mergeEditor, approvals, plansTree, extension };
  const { version } = extension.extension.packageJSON as { version: string };
  extension.subscriptions.push(
    plans,
    views,
    mergeEditor,
    notices,
    ...trees,
    new Status(server, plans, version),
    ...register(commands, {
      ...run_commands,
      ...look_commands,
      ...change_commands,
      ...window_commands,
      ...report_commands,
    }),
    vscode.commands.registerCommand("pland.showMore", (node: unknown) => showMore(trees, node)),
    ...contextKeys(server),
    vscode.workspace.onDidChangeConfiguration((change) => {
      const restarts = ["server.path", "server.arguments", "server.environment"];
      if (!restarts.some((key) => change.affectsConfiguration(`pland.${key}`))) return;
      server.restart().catch((error: unknown) => server.tellNotStarted(error));
    }),
  );
  server.start().catch((error: unknown) => server.tellNotStarted(error));
  const for_tests: ForTests = { trees: { plans: plansTree, conflicts: conflictsTree, checkpoints: checkpointsTree } };
  return {
    ...(extension.extensionMode === vscode.ExtensionMode.Test ? for_tests : {}),
    version: 1,
    get serverState() {
      return server.state;
    },
    onDidChangeServerState: server.onDidChangeState,
    get plans() {
      return plans.list();
    },
    onDidChangePlans: plans.onDidChange,
    request: (verb, params) => server.request(verb, params),
    openConflict: (conflictId) => mergeEditor.open(conflictId),
    onDidNeedPerson: (listener) =>
      notices.onDidNeedPerson((plan) => listener(plan, plan.uri === undefined ? undefined : vscode.Uri.parse(plan.uri))),
  };
}

export async function deactivate(): Promise<void> {
  await running?.stop();
  running?.dispose();
}

/** For the conditions of menus and welcome texts in package.json. */
function contextKeys(server: Server): vscode.Disposable[] {
  const set = (key: string, value: unknown): void => {
    void vscode.commands.executeCommand("setContext", `pland.${key}`, value);
  };
  const look = (): void => {
    findPlanFiles(1).then(
      (files) => set("hasPlanFiles", files.length > 0),
      (error: unknown) => server.output.warn(`looking for plan files: ${message(error)}`),
    );
  };
  set("serverState", server.state);
  look();
  const files = vscode.workspace.createFileSystemWatcher(plan_file_glob, false, true, false);
  return [
    files,
    files.onDidCreate(look),
    files.onDidDelete(look),
    server.onDidChangeState((state) => set("serverState", state)),
  ];
}
