// The verbs that show: status, checkpoints, conflicts, diff, log, tree, errors, events, doctor.
import * as vscode from "vscode";
import type { DoctorCheck } from "../../api/pland";
import type { ChangedFile } from "../texts/views";
import { count, inState, size } from "../words";
import type { Argument } from "./arguments";
import type { Command, Commands } from "./context";
import { shown } from "./context";
import { pickPlan, pickTarget } from "./pickers";

const most_editors_without_multi_diff = 8;
const none_yet = "There is no plan yet.";

const status: Command = async ({ plans, plansTree }, argument) => {
  await plans.ready();
  await vscode.commands.executeCommand("pland.plans.focus");
  const plan =
    argument.subplanId === undefined ? plans.get(argument.planId ?? "") : plans.ofSubplan(argument.subplanId);
  if (plan !== undefined) await plansTree.reveal(plan.planId);
};

const checkpoints: Command = async ({ server }) => {
  await server.start();
  await vscode.commands.executeCommand("pland.checkpoints.focus");
};

const conflicts: Command = async ({ server }) => {
  await server.start();
  await vscode.commands.executeCommand("pland.conflicts.focus");
};

const diff: Command = async (context, argument) => {
  const { plans, views } = context;
  const target =
    argument.planId !== undefined || argument.subplanId !== undefined
      ? argument
      : await pickTarget(
          plans,
          "Show the changes of what?",
          (plan) => inState(plan, "complete") > 0,
          (subplan) => subplan.filesChanged.length > 0,
          "Nothing has changed anything yet.",
        );
  if (target === undefined) return;
  const named = target as Argument;
  const [of, id] = named.subplanId === undefined ? (["plan", named.planId ?? ""] as const) : (["subplan", named.subplanId] as const);
  const files = await shown("Comparing", () => views.changes(of, id));
  const some = argument.path === undefined ? files : files.filter((file) => file.path === argument.path);
  await showChanges(some, nameOf(context, of, id));
};

function nameOf({ plans }: Commands, of: "plan" | "subplan", id: string): string {
  if (of === "plan") return plans.get(id)?.name ?? "plan";
  return plans.ofSubplan(id)?.subplans.find((subplan) => subplan.subplanId === id)?.name ?? "subplan";
}

async function showChanges(files: ChangedFile[], name: string): Promise<void> {
  const texts = files.filter((file) => !file.binary);
  if (texts.length === 0) {
    const what = files.length === 0 ? "changed nothing" : "changed only files that are not text";
    void vscode.window.showInformationMessage(`${name} ${what}.`);
    return;
  }
  const [first] = texts;
  if (first !== undefined && texts.length === 1) {
    await vscode.commands.executeCommand("vscode.diff", first.before, first.after, `${first.path} (${name})`);
    return;
  }
  const rows = texts.map((file) => [
    file.real ?? file.after,
    file.change === "created" ? undefined : file.before,
    file.change === "deleted" ? undefined : file.after,
  ]);
  try {
    await vscode.commands.executeCommand("vscode.changes", `Changes of ${name}`, rows);
  } catch {
    for (const file of texts.slice(0, most_editors_without_multi_diff)) {
      const options = { preview: false };
      await vscode.commands.executeCommand("vscode.diff", file.before, file.after, `${file.path} (${name})`, options);
    }
  }
}

const log: Command = async ({ server, plans, views }, argument) => {
  const target =
    argument.subplanId !== undefined
      ? argument
      : await pickTarget(
          plans,
          "Show the output of what?",
          () => false,
          (subplan) => subplan.state !== "queued",
          "Nothing has run yet.",
        );
  const subplanId = (target as Argument | undefined)?.subplanId;
  if (subplanId === undefined) return;
  const attempt = argument.attempt === undefined ? {} : { attempt: argument.attempt };
  // Where the output is a file the server opens it itself.
  const answer = await server.request("log", { subplanId, show: true, ...attempt });
  if (answer.path !== undefined) return;
  const name = plans.ofSubplan(subplanId)?.subplans.find((each) => each.subplanId === subplanId)?.name ?? "subplan";
  await vscode.window.showTextDocument(views.log(subplanId, name), { preview: true });
};

/** Decisions, failures and events of a plan, each a document to read. */
const history =
  (what: "decisions" | "failures" | "events", title: string): Command =>
  async ({ plans, views }, argument) => {
    const { planId, subplanId } = argument;
    await plans.ready();
    const plan = planId === undefined && subplanId === undefined ? await pickPlan(plans, title, () => true, none_yet) : undefined;
    const id = planId ?? subplanId ?? plan?.planId;
    if (id === undefined) return;
    const name = plans.get(id)?.name ?? plans.ofSubplan(id)?.subplans.find((each) => each.subplanId === id)?.name ?? "plan";
    const uri = views.history(what, id, name, argument.showSuperseded);
    await vscode.window.showTextDocument(uri, { preview: true });
  };

const tree = history("decisions", "Show the decisions of which plan?");
const errors = history("failures", "Show what failed in which plan?");
const events = history("events", "Show the events of which plan?");

const doctor: Command = async ({ server }) => {
  const answer = await server.request("doctor", {});
  const { output } = server;
  const checks = [...answer.machine, ...answer.projects.flatMap((project) => project.checks)];
  output.info(`pland ${answer.version}`);
  answer.machine.forEach((check) => print(output, check));
  for (const { folder, stateDirectory, bytes, checks: found } of answer.projects) {
    output.info(folder);
    found.forEach((check) => print(output, check));
    output.info(`  state in ${stateDirectory}: ${size(bytes.total)}, ${size(bytes.sandboxes)} of it sandboxes`);
  }
  const wrong = checks.filter((check) => check.state === "error");
  if (wrong.length === 0) {
    output.show();
    return answer;
  }
  const [first] = wrong;
  const more = wrong.length === 1 ? "" : ` (and ${count(wrong.length - 1, "more problem")})`;
  const text = `${first?.name ?? ""}: ${first?.text ?? ""}.${more} ${first?.remedy ?? ""}`;
  void vscode.window.showErrorMessage(text, "Show Output").then((choice) => {
    if (choice !== undefined) output.show();
  });
  return answer;
};

function print(output: vscode.LogOutputChannel, { name, state, text, remedy }: DoctorCheck): void {
  const line = `  ${name}: ${text}${remedy === undefined ? "" : `; ${remedy}`}`;
  if (state === "good") output.info(line);
  else if (state === "warning") output.warn(line);
  else output.error(line);
}

export const look_commands: Record<string, Command> = {
  status,
  checkpoints,
  conflicts,
  diff,
  log,
  tree,
  errors,
  events,
  doctor,
};
