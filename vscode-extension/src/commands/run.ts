// The verbs that start and stop work: use, spawn, cancel, retry.
import * as vscode from "vscode";
import type { PlanStatus, Spawned, SubplanStatus } from "../../api/pland";
import { awaitsInput, isRunning } from "../words";
import type { Argument } from "./arguments";
import type { Command, Commands } from "./context";
import { only, shown } from "./context";
import { pickPlanFile, pickTarget } from "./pickers";

async function fromFile(
  { server, approvals }: Commands,
  argument: Argument,
  verb: "use" | "spawn",
): Promise<Spawned | undefined> {
  const file = argument.uri === undefined ? await pickPlanFile("Which plan?") : vscode.Uri.parse(argument.uri);
  if (file === undefined) return undefined;
  // `use` starts nothing.
  if (verb === "spawn" && !(await approvals.approved(file))) return undefined;
  const uri = server.toWire(file);
  const ask = async (replace: boolean): Promise<Spawned> => {
    const made = await shown("Starting the plan", () => server.request(verb, replace ? { uri, replace } : { uri }));
    if (verb === "spawn") await approvals.remember(made.planId);
    return made;
  };
  try {
    return await ask(argument.replace === true);
  } catch (error) {
    const running = (error as { data?: { planId?: string } }).data?.planId;
    if (running === undefined) throw error;
    const replace = "Cancel It and Start Anew";
    const text = `A plan of ${vscode.workspace.asRelativePath(file)} still runs.`;
    const choice = await vscode.window.showWarningMessage(text, { modal: true }, replace, "Show It");
    if (choice === replace) return ask(true);
    if (choice === "Show It") await vscode.commands.executeCommand("pland.status", { planId: running });
    return undefined;
  }
}

const use: Command = (context, argument) => fromFile(context, argument, "use");

const spawn: Command = async (context, argument) => {
  if (argument.planId === undefined) return fromFile(context, argument, "spawn");
  await context.plans.ready();
  if (!(await approvedPlan(context, context.plans.get(argument.planId)))) return undefined;
  return context.server.request("spawn", only(argument, "planId"));
};

/** A plan that was only created, or begun elsewhere, has commands that nobody was asked about. */
async function approvedPlan({ approvals }: Commands, plan: PlanStatus | undefined): Promise<boolean> {
  if (plan === undefined) return true;
  return approvals.approvedPlan(plan.planId, plan.uri === undefined ? undefined : vscode.Uri.parse(plan.uri));
}

const cancel: Command = async ({ plans, server }, argument) => {
  const target =
    argument.planId !== undefined || argument.subplanId !== undefined
      ? only(argument, "planId", "subplanId")
      : await pickTarget(plans, "Stop what?", isRunning, (subplan) => subplan.state === "processing", "Nothing runs.");
  return target === undefined ? undefined : server.request("cancel", target);
};

function unfinished(subplan: SubplanStatus): boolean {
  return subplan.state === "errored" || subplan.state === "cancelled";
}

const retry: Command = async (context, argument) => {
  const { plans, server } = context;
  const target =
    argument.planId !== undefined || argument.subplanId !== undefined
      ? only(argument, "planId", "subplanId")
      : await pickTarget(
          plans,
          "Run what again?",
          (plan) => !isRunning(plan) && plan.state !== "applied" && (awaitsInput(plan) || plan.subplans.some(unfinished)),
          unfinished,
          "Nothing failed.",
        );
  if (target === undefined) return undefined;
  const { planId, subplanId } = target as Argument;
  // Whether it was approved is told by the plan.
  await plans.ready();
  const plan = subplanId === undefined ? plans.get(planId ?? "") : plans.ofSubplan(subplanId);
  return (await approvedPlan(context, plan)) ? server.request("retry", target) : undefined;
};

export const run_commands: Record<string, Command> = { use, spawn, cancel, retry };
