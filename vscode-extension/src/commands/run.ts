// The verbs that start and stop work: use, spawn, execute, resume, cancel, retry, revert.
import * as vscode from "vscode";
import type { PlanStatus, Spawned, SubplanStatus } from "../../api/pland";
import { awaitsInput, canRevert, count, isRunning, shortName } from "../words";
import type { Argument } from "./arguments";
import type { Command, Commands } from "./context";
import { offer, only, shown } from "./context";
import { pickPlan, pickPlanFile, pickTarget } from "./pickers";

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
async function approvedPlan({ approvals, plans }: Commands, given: PlanStatus | undefined): Promise<boolean> {
  if (given === undefined) return true;
  // What a person approves is the whole of a file.
  const plan = plans.rootOf(given);
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
          canGoOn,
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

/** The plan that a command was called on, or that is chosen. */
async function planOf(
  { plans }: Commands,
  argument: Argument,
  title: string,
  fits: (plan: PlanStatus) => boolean,
  none: string,
): Promise<string | undefined> {
  const given = argument.planId ?? (argument.subplanId === undefined ? undefined : plans.ofSubplan(argument.subplanId)?.planId);
  return given ?? (await pickPlan(plans, title, fits, none))?.planId;
}

function canGoOn(plan: PlanStatus): boolean {
  return !isRunning(plan) && plan.state !== "applied" && (awaitsInput(plan) || plan.subplans.some(unfinished));
}

const execute: Command = async (context, argument) => {
  const { plans, server } = context;
  await plans.ready();
  const planId = await planOf(context, argument, "Execute which plan?", canGoOn, "No plan waits to be executed.");
  if (planId === undefined || !(await approvedPlan(context, plans.get(planId)))) return undefined;
  return server.request("execute", { planId });
};

const resume: Command = async (context, argument) => {
  const { plans, server } = context;
  await plans.ready();
  const planId = await planOf(context, argument, "Resume which plan?", canGoOn, "No plan has something left to run.");
  if (planId === undefined) return undefined;
  if (argument.dryRun === true) return server.request("resume", { planId, dryRun: true });
  if (!(await approvedPlan(context, plans.get(planId)))) return undefined;
  const done = await server.request("resume", { planId });
  const kept = count(done.done.length, "result");
  vscode.window.setStatusBarMessage(`$(play) Resumed: ${kept} kept, ${count(done.remaining.length, "subplan")} to run`, 6000);
  return done;
};

const revert: Command = async (context, argument) => {
  const { plans, server } = context;
  await plans.ready();
  const title = "Take which plan back to strategize?";
  const planId = await planOf(context, argument, title, canRevert, "No plan can go back to strategize.");
  if (planId === undefined) return undefined;
  const name = shortName(plans.get(planId)?.name ?? "the plan");
  const reason =
    argument.reason ??
    (await vscode.window.showInputBox({
      title: `Take ${name} back to strategize`,
      prompt: "Its results are set aside; undo brings them back. Enter takes it back, Escape leaves it.",
      placeHolder: "Why? It is kept with the decision.",
    }));
  if (reason === undefined) return undefined;
  const why = reason.trim() === "" ? {} : { reason: reason.trim() };
  const done = await server.request("revert", { planId, ...only(argument, "toPhase"), ...why });
  plans.refresh(planId);
  void offer(`${name} is back at strategize. Its results are set aside.`, {
    Execute: ["pland.execute", { planId }],
    Undo: ["pland.undo", { planId }],
  });
  return done;
};

export const run_commands: Record<string, Command> = { use, spawn, execute, resume, cancel, retry, revert };
