// Asks for what a command needs to know and was not told. Answers nothing when the person leaves.
import * as vscode from "vscode";
import type { Checkpoint, Conflict, PlanStatus, Resolution, SubplanStatus } from "../../api/pland";
import type { Plans } from "../plans";
import { findPlanFiles } from "../plan_files";
import { stateIcon } from "../trees/plans_tree";
import { checkpointText, conflictText, planText, subplanText } from "../words";
import { activePlanFile } from "./arguments";

interface Choice<T> extends vscode.QuickPickItem {
  value: T;
}

async function pick<T>(choices: Choice<T>[], title: string, none: string): Promise<T | undefined> {
  if (choices.length === 0) {
    void vscode.window.showInformationMessage(none);
    return undefined;
  }
  const options = { title, matchOnDescription: true, matchOnDetail: true };
  return (await vscode.window.showQuickPick(choices, options))?.value;
}

/** A plan that fits: the only one there is without asking, that of the file in front first. */
export async function pickPlan(
  plans: Plans,
  title: string,
  fits: (plan: PlanStatus) => boolean,
  none: string,
): Promise<PlanStatus | undefined> {
  await plans.ready();
  const fitting = plans.current().filter(fits);
  if (fitting.length === 1) return fitting[0];
  const active = activePlanFile()?.toString();
  const isActive = ({ uri }: PlanStatus): boolean => uri !== undefined && vscode.Uri.parse(uri).toString() === active;
  const choices = fitting.map((plan) => ({
    label: plan.name,
    description: planText(plan),
    detail: plan.uri === undefined ? "" : vscode.workspace.asRelativePath(vscode.Uri.parse(plan.uri)),
    iconPath: stateIcon(plan.state),
    value: plan,
  }));
  choices.sort((a, b) => Number(isActive(b.value)) - Number(isActive(a.value)));
  return pick(choices, title, none);
}

/** A plan as a whole, or one of its subplans. */
export async function pickTarget(
  plans: Plans,
  title: string,
  fitsPlan: (plan: PlanStatus) => boolean,
  fitsSubplan: (subplan: SubplanStatus) => boolean,
  none: string,
): Promise<{ planId: string } | { subplanId: string } | undefined> {
  type Target = { planId: string } | { subplanId: string };
  await plans.ready();
  const choices: Choice<Target>[] = [];
  for (const plan of plans.current()) {
    if (fitsPlan(plan)) {
      choices.push({
        label: plan.name,
        description: planText(plan),
        iconPath: stateIcon(plan.state),
        value: { planId: plan.planId },
      });
    }
    for (const subplan of plan.subplans.filter(fitsSubplan)) {
      choices.push({
        label: subplan.name,
        description: `${subplanText(subplan)}, of ${plan.name}`,
        iconPath: stateIcon(subplan.state),
        value: { subplanId: subplan.subplanId },
      });
    }
  }
  return choices.length === 1 ? choices[0]?.value : pick(choices, title, none);
}

export async function pickPlanFile(title: string): Promise<vscode.Uri | undefined> {
  const active = activePlanFile();
  if (active !== undefined) return active;
  const files = await findPlanFiles();
  if (files.length === 1) return files[0];
  if (files.length === 0) {
    const choice = await vscode.window.showInformationMessage("There is no plan file (*.plan.yaml) here yet.", "New Plan");
    if (choice !== undefined) await vscode.commands.executeCommand("pland.newPlan");
    return undefined;
  }
  const choices = files.map((file) => ({ label: vscode.workspace.asRelativePath(file), value: file }));
  return pick(choices, title, "");
}

export async function pickCheckpoint(
  plans: Plans,
  planId: string | undefined,
  title = "Roll back to which checkpoint?",
): Promise<Checkpoint | undefined> {
  await plans.ready();
  const of = planId === undefined ? plans.current().filter((plan) => plan.checkpoints > 0) : [{ planId }];
  const lists = await Promise.all(of.map((plan) => plans.checkpoints(plan.planId)));
  const choices = lists
    .flat()
    .sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
    .map((checkpoint) => ({
      label: checkpoint.label,
      description: checkpointText(checkpoint, Date.now()),
      detail: plans.get(checkpoint.planId)?.name ?? "",
      value: checkpoint,
    }));
  return pick(choices, title, "There is no checkpoint yet: running a plan makes them.");
}

export async function openConflicts(plans: Plans, planId?: string): Promise<Conflict[]> {
  await plans.ready();
  const of = plans
    .family()
    .filter((plan) => plan.conflicts.open > 0 && (planId === undefined || plan.planId === planId));
  const lists = await Promise.all(of.map((plan) => plans.conflicts(plan.planId)));
  return lists.flat().filter((conflict) => conflict.state === "open");
}

/** The conflict on whose lines the cursor is. */
function conflictAtCursor(conflicts: readonly Conflict[]): Conflict | undefined {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) return undefined;
  const line = editor.selection.active.line;
  for (const each of vscode.languages.getDiagnostics(editor.document.uri)) {
    if (each.source !== "pland" || each.range.start.line > line || each.range.end.line < line) continue;
    const id = (each as { data?: { conflictId?: string } }).data?.conflictId;
    const found = conflicts.find((conflict) => conflict.conflictId === id);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The conflict at the cursor, the only one, or the chosen one. */
export async function pickConflict(plans: Plans, planId: string | undefined, title: string): Promise<Conflict | undefined> {
  const conflicts = await openConflicts(plans, planId);
  if (conflicts.length === 1) return conflicts[0];
  const pointedAt = conflictAtCursor(conflicts);
  if (pointedAt !== undefined) return pointedAt;
  const here = vscode.window.activeTextEditor?.document.uri.toString();
  const choices = conflicts.map((conflict) => ({
    label: conflict.path,
    description: conflictText(conflict),
    value: conflict,
  }));
  const uriOf = (conflict: Conflict): string => vscode.Uri.parse(conflict.uri).toString();
  choices.sort((a, b) => Number(uriOf(b.value) === here) - Number(uriOf(a.value) === here));
  return pick(choices, title, "There is no open conflict.");
}

export type Side = Exclude<Resolution, "manual"> | "editor";

export async function pickSide(conflict: Conflict): Promise<Side | undefined> {
  const ours = conflict.subplanId === undefined ? "your text" : conflict.ours;
  const text = conflict.kind === "content" || conflict.kind === "creation";
  const choices: Choice<Side>[] = [
    { label: `$(arrow-left) Take ${ours}`, description: "ours: what was merged first", value: "ours" },
    { label: `$(arrow-right) Take ${conflict.theirs}`, description: "theirs: what is merged onto it", value: "theirs" },
  ];
  if (text && conflict.hunks.length > 0) {
    choices.push({ label: "$(arrow-both) Take both", description: `${ours}, then ${conflict.theirs}`, value: "both" });
  }
  choices.push({ label: "$(discard) Take base", description: "neither: as it was before", value: "base" });
  if (conflict.hunks.length > 0) choices.unshift({ label: "$(git-merge) Open in the merge editor", value: "editor" });
  return pick(choices, `How shall ${conflict.path} be resolved?`, "");
}
