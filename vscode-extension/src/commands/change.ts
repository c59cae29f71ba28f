// The verbs that change a plan or the files: checkpoint, rollback, resolve, apply, undo.
import * as vscode from "vscode";
import type { Checkpoint, FileAction, Resolution, RolledBack } from "../../api/pland";
import { projectFolder } from "../plan_files";
import { age, canApply, count, list, shortName } from "../words";
import type { Command, Commands, Way } from "./context";
import { offer, only, shown } from "./context";
import { pickCheckpoint, pickConflict, pickPlan, pickSide } from "./pickers";

const most_files_in_question = 12;

const checkpoint: Command = async ({ server, plans }, argument) => {
  const named = argument.planId !== undefined || argument.subplanId !== undefined;
  const plan = named
    ? undefined
    : await pickPlan(plans, "Make a checkpoint of which plan?", () => true, "There is no plan yet.");
  if (!named && plan === undefined) return undefined;
  const label =
    argument.label ??
    (await vscode.window.showInputBox({
      title: "New checkpoint",
      prompt: "What to call it",
      placeHolder: "before the risky part",
      validateInput: (text) => (text.trim() === "" ? "A few words, so that you find it again" : undefined),
    }));
  if (label === undefined) return undefined;
  const target = plan === undefined ? only(argument, "planId", "subplanId") : { planId: plan.planId };
  const made = await shown("Keeping a checkpoint", () => server.request("checkpoint", { ...target, label }));
  plans.refresh(made.planId);
  const left = made.leftOut.length > 0 ? `, ${count(made.leftOut.length, "file")} left out` : "";
  vscode.window.setStatusBarMessage(`$(check) Checkpoint '${made.label}': ${count(made.files, "file")}${left}`, 5000);
  return made;
};

const rollback: Command = async (context, argument) => {
  const { server, plans } = context;
  let chosen: Checkpoint | undefined;
  if (argument.checkpointId === undefined) {
    chosen = await pickCheckpoint(plans, argument.planId);
    if (chosen === undefined) return undefined;
  }
  const planId = chosen?.planId ?? argument.planId ?? "";
  const checkpointId = chosen?.checkpointId ?? argument.checkpointId ?? "";
  if (argument.dryRun === true) return server.request("rollback", { planId, checkpointId, dryRun: true });
  if (argument.confirmed !== true && !(await confirmed(context, planId, checkpointId))) return undefined;
  const done = await shown("Rolling back", () =>
    server.request("rollback", { planId, checkpointId, confirmed: true }),
  );
  plans.refresh(planId);
  const text = `Rolled back to '${done.data.rollback_summary.label}'.`;
  void offer(text, { Continue: ["pland.retry", { planId }], Undo: ["pland.undo", { planId }] });
  return done;
};

/** Asks with what would happen, and again when that has changed while the question stood. */
async function confirmed({ server, plans }: Commands, planId: string, checkpointId: string): Promise<boolean> {
  const look = (): Promise<RolledBack> => server.request("rollback", { planId, checkpointId, dryRun: true });
  let preview = await look();
  for (;;) {
    const yes = "Roll Back";
    const made = (await plans.checkpoints(planId)).find((each) => each.checkpointId === checkpointId);
    const when = made === undefined ? "" : ` (${age(Date.parse(made.createdAt), Date.now())})`;
    const { label } = preview.data.rollback_summary;
    const name = shortName(plans.get(planId)?.name ?? planId);
    const question = `Roll back ${name} to checkpoint '${label}'${when}?`;
    const choice = await vscode.window.showWarningMessage(question, { modal: true, detail: whatHappens(preview) }, yes);
    if (choice !== yes) return false;
    const now = await look();
    if (JSON.stringify(now.data) === JSON.stringify(preview.data)) return true;
    preview = now;
  }
}

function whatHappens({ data }: RolledBack): string {
  const files = data.changes_reverted;
  const lines = files.slice(0, most_files_in_question).map((each) => `  ${each.file}: ${each.action}`);
  if (files.length > most_files_in_question) lines.push(`  and ${files.length - most_files_in_question} more`);
  const lost = data.impact.child_plans_invalidated;
  return [
    files.length === 0 ? "No file of the plan's result changes." : `${count(files.length, "file")} of the plan's result:`,
    ...lines,
    "",
    ...(lost > 0 ? [`${count(lost, "subplan")} will have to run again.`] : []),
    "Your own files stay as they are. A rollback can be undone.",
  ].join("\n");
}

const resolve: Command = async (context, argument) => {
  const { server, plans, mergeEditor } = context;
  let { conflictId, resolution } = argument;
  if (conflictId === undefined || resolution === undefined) {
    const conflict =
      conflictId === undefined
        ? await pickConflict(plans, argument.planId, "Resolve which conflict?")
        : await plans.conflict(conflictId);
    if (conflict === undefined) return undefined;
    conflictId = conflict.conflictId;
    const side = resolution ?? (await pickSide(conflict));
    if (side === undefined) return undefined;
    if (side === "editor") return mergeEditor.open(conflictId);
    resolution = side;
  }
  const done = await server.request("resolve", { conflictId, resolution, ...only(argument, "hunk", "content") });
  plans.refresh(done.planId);
  const rest = done.open === 0 ? "No conflict is left." : `${count(done.open, "conflict")} left.`;
  vscode.window.setStatusBarMessage(`$(check) ${done.path}: took ${resolution}. ${rest}`, 5000);
  return done;
};

const take =
  (resolution: Resolution): Command =>
  (context, argument) =>
    resolve(context, { ...argument, resolution });

const apply: Command = async ({ server, plans }, argument) => {
  const planId =
    argument.planId ??
    (await pickPlan(plans, "Apply which plan?", canApply, "No plan is ready to be applied."))?.planId;
  if (planId === undefined) return undefined;
  const done = await shown("Applying", () => server.request("apply", { planId, ...only(argument, "dryRun", "paths") }));
  plans.refresh(planId);
  if (done.operationId === undefined) {
    if (argument.dryRun !== true) void vscode.window.showInformationMessage("There was nothing to apply.");
    return done;
  }
  const without = done.notIncluded.length > 0 ? ` Not part of it: ${list(done.notIncluded)}.` : "";
  const text = `Applied ${count(done.files.length, "file")} of ${shortName(plans.get(planId)?.name ?? "the plan")}.${without}`;
  const undo: Way = ["pland.undo", { operationId: done.operationId }];
  const unsaved = await unsavedOf(plans.get(planId)?.uri, done.files);
  if (unsaved === 0) void offer(text, { Undo: undo });
  else {
    const which = unsaved === 1 ? "One is open in the editor and not saved yet." : `${unsaved} are open and not saved yet.`;
    void offer(`${text} ${which}`, { "Save All": ["workbench.action.files.saveAll"], Undo: undo });
  }
  return done;
};

/** Files that are open were changed in the editor, where undo works; saving them is the person's. */
async function unsavedOf(planFile: string | undefined, files: FileAction[]): Promise<number> {
  if (planFile === undefined) return 0;
  const root = await projectFolder(vscode.Uri.parse(planFile));
  const dirty = new Set(
    vscode.workspace.textDocuments.filter((each) => each.isDirty).map((each) => each.uri.toString()),
  );
  return files.filter(({ file }) => dirty.has(vscode.Uri.joinPath(root, file).toString())).length;
}

const undo: Command = async ({ server, plans }, argument) => {
  const target = only(argument, "operationId", "planId", "subplanId", "uri");
  const done = await shown("Undoing", () => server.request("undo", target));
  for (const plan of plans.current()) plans.refresh(plan.planId);
  vscode.window.setStatusBarMessage(`$(discard) Undone: ${done.description}`, 6000);
  return done;
};

export const change_commands: Record<string, Command> = {
  checkpoint,
  rollback,
  resolve,
  takeOurs: take("ours"),
  takeTheirs: take("theirs"),
  takeBoth: take("both"),
  takeBase: take("base"),
  apply,
  undo,
};
