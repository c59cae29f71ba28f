// Commands of the extension itself: the server's life, opening things, the menu of the status item.
import * as vscode from "vscode";
import { newPlanFile } from "../plan_files";
import { placesOf } from "../merge_editor";
import type { Command } from "./context";
import { pickCheckpoint, pickConflict, pickPlan } from "./pickers";

const restartServer: Command = ({ server }) => server.restart();
const stopServer: Command = ({ server }) => server.stop();
const showOutput: Command = ({ server }) => server.output.show();
const newPlan: Command = (_context, argument) => newPlanFile(argument.label);
const openSettings: Command = () => vscode.commands.executeCommand("workbench.action.openSettings", "@ext:pland.pland");
const openWalkthrough: Command = () =>
  vscode.commands.executeCommand("workbench.action.openWalkthrough", "pland.pland#pland.start", false);

const openConflict: Command = async ({ plans }, argument) => {
  const conflict =
    argument.conflictId === undefined
      ? await pickConflict(plans, argument.planId, "Open which conflict?")
      : await plans.conflict(argument.conflictId);
  if (conflict === undefined) return;
  const file = vscode.Uri.parse(conflict.uri);
  const open = conflict.hunks.findIndex((hunk) => hunk.state === "open");
  const hunk = conflict.hunks[Math.max(0, open)];
  const line = placesOf(conflict).get(Math.max(0, open)) ?? hunk?.base.lines.start ?? 0;
  try {
    const editor = await vscode.window.showTextDocument(file, { preview: true });
    const at = new vscode.Position(Math.min(line, editor.document.lineCount - 1), 0);
    editor.selection = new vscode.Selection(at, at);
    editor.revealRange(new vscode.Range(at, at), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  } catch {
    // The person does not have this file: the plan file carries the diagnostic.
    const plan = plans.get(conflict.planId);
    if (plan?.uri !== undefined) await vscode.window.showTextDocument(vscode.Uri.parse(plan.uri));
    void vscode.window.showInformationMessage(`You do not have ${conflict.path}: it is only in the plan's result.`);
  }
};

const openMergeEditor: Command = async ({ plans, mergeEditor }, argument) => {
  const id =
    argument.conflictId ?? (await pickConflict(plans, argument.planId, "Merge which conflict?"))?.conflictId;
  if (id !== undefined) await mergeEditor.open(id);
};

/** VS Code's own command, which has no button for editors of others than git. */
const completeMerge: Command = () => vscode.commands.executeCommand("mergeEditor.acceptMerge");

const openPlanFile: Command = async ({ plans }, argument) => {
  const named = argument.subplanId === undefined ? plans.get(argument.planId ?? "") : plans.ofSubplan(argument.subplanId);
  const plan =
    named ??
    (await pickPlan(plans, "Open the file of which plan?", ({ uri }) => uri !== undefined, "There is no plan yet."));
  if (plan?.uri === undefined) return;
  const editor = await vscode.window.showTextDocument(vscode.Uri.parse(plan.uri));
  const name = plan.subplans.find((subplan) => subplan.subplanId === argument.subplanId)?.name;
  if (name === undefined) return;
  const literally = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const found = new RegExp(`\\bname\\s*:\\s*["']?${literally}(?![\\w-])`).exec(editor.document.getText());
  if (found === null) return;
  const at = editor.document.positionAt(found.index);
  editor.selection = new vscode.Selection(at, at);
  editor.revealRange(new vscode.Range(at, at), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
};

const previewRollback: Command = async ({ plans, views }, argument) => {
  const { planId, checkpointId } =
    argument.checkpointId === undefined
      ? ((await pickCheckpoint(plans, argument.planId, "Look at a rollback to which checkpoint?")) ?? {})
      : argument;
  if (planId === undefined || checkpointId === undefined) return;
  const label = (await plans.checkpoints(planId)).find((each) => each.checkpointId === checkpointId)?.label ?? "";
  await vscode.window.showTextDocument(views.rollbackPreview(planId, checkpointId, label), { preview: true });
};

/** What one would want after a look at the status bar. */
const menu: Command = async ({ server, plans }) => {
  const running = server.state === "running";
  const open = plans.current().some((plan) => plan.conflicts.open > 0);
  const choices: (vscode.QuickPickItem & { command?: string })[] = [
    { label: "$(list-tree) Show Plans", command: "pland.plans.focus" },
    ...(open ? [{ label: "$(git-merge) Resolve a Conflict…", command: "pland.resolve" }] : []),
    { label: "$(play) Spawn a Plan…", command: "pland.spawn" },
    { label: "$(check) Apply a Plan…", command: "pland.apply" },
    { label: "$(bookmark) Make a Checkpoint…", command: "pland.checkpoint" },
    { label: "$(discard) Undo", description: "the newest apply, rollback or resolution", command: "pland.undo" },
    { label: "Server", kind: vscode.QuickPickItemKind.Separator },
    { label: running ? "$(debug-restart) Restart" : "$(play) Start", command: "pland.restartServer" },
    ...(running ? [{ label: "$(debug-stop) Stop", command: "pland.stopServer" }] : []),
    { label: "$(output) Show Output", command: "pland.showOutput" },
    { label: "$(gear) Settings", command: "pland.openSettings" },
    { label: "$(report) Make a Report…", command: "pland.report" },
  ];
  const choice = await vscode.window.showQuickPick(choices, { title: "pland", placeHolder: server.problem });
  if (choice?.command !== undefined) await vscode.commands.executeCommand(choice.command);
};

export const window_commands: Record<string, Command> = {
  restartServer,
  stopServer,
  showOutput,
  newPlan,
  openSettings,
  openWalkthrough,
  openConflict,
  openMergeEditor,
  completeMerge,
  openPlanFile,
  previewRollback,
  menu,
};
