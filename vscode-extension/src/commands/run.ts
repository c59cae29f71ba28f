// The verbs that start and stop work: use, spawn, cancel, retry.
import * as vscode from "vscode";
import type { Spawned, SubplanStatus } from "../../api/pland";
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
  const ask = (replace: boolean): Thenable<Spawned> =>
    shown("Starting the plan", () => server.request(verb, replace ? { uri, replace } : { uri }));
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
  const { plans, server, approvals } = context;
  if (argument.planId === undefined) return fromFile(context, argument, "spawn");
  const uri = plans.get(argument.planId)?.uri;
  if (uri !== undefined && !(await approvals.approved(vscode.Uri.parse(uri)))) return undefined;
  return server.request("spawn", only(argument, "planId"));
};

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

const retry: Command = async ({ plans, server }, argument) => {
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
  return target === undefined ? undefined : server.request("retry", target);
};

export const run_commands: Record<string, Command> = { use, spawn, cancel, retry };
