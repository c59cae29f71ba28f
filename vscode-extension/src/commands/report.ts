// What somebody who is to help needs to know, as a document that the person reads before sending it anywhere.
import * as os from "node:os";
import * as vscode from "vscode";
import type { DoctorCheck } from "../../api/pland";
import { changedSettings } from "../settings";
import { message } from "../server";
import { planText } from "../words";
import type { Command, Commands } from "./context";

const most_lines = 200;

const report: Command = async (context) => {
  if (context.server.isRunning()) await context.plans.ready();
  const text = await reportText(context);
  const document = await vscode.workspace.openTextDocument({ language: "markdown", content: text });
  await vscode.window.showTextDocument(document);
  return text;
};

async function reportText({ server, plans, extension }: Commands): Promise<string> {
  const { version } = extension.extension.packageJSON as { version: string };
  const program = server.program === undefined ? "none" : `${server.program.program} (${server.program.from})`;
  const rows = [
    ["extension", version],
    ["server", `${server.version || "unknown"}, ${server.state}${server.problem === "" ? "" : `: ${server.problem}`}`],
    ["program", program],
    ["editor", `${vscode.env.appName} ${vscode.version}${vscode.env.remoteName === undefined ? "" : `, remote: ${vscode.env.remoteName}`}`],
    ["system", `${os.type()} ${os.release()} ${os.arch()}, ${os.cpus().length} cores`],
    ["folders", String(vscode.workspace.workspaceFolders?.length ?? 0)],
    ["settings", JSON.stringify(changedSettings())],
  ];
  return [
    "# A report on pland",
    "",
    "Read it through before you send it: it has paths, and what the server said.",
    "",
    ...rows.map(([name, value]) => `- ${name}: ${value}`),
    "",
    "## What happened, and what should have happened",
    "",
    "## Plans",
    "",
    ...plans.current().map((plan) => `- ${plan.name}: ${plan.phase}, ${plan.state}, ${planText(plan)}`),
    "",
    "## Health",
    "",
    ...(await health(server)),
    "",
    "## Output",
    "",
    "```text",
    await output(extension),
    "```",
    "",
  ].join("\n");
}

async function health(server: Commands["server"]): Promise<string[]> {
  if (!server.isRunning()) return ["The server does not run."];
  try {
    const { machine, projects } = await server.request("doctor", {});
    const line = ({ state, name, text }: DoctorCheck): string => `- ${state}: ${name}: ${text}`;
    return [...machine, ...projects.flatMap((project) => project.checks)].map(line);
  } catch (error) {
    return [message(error)];
  }
}

async function output(extension: vscode.ExtensionContext): Promise<string> {
  try {
    const log = await vscode.workspace.fs.readFile(vscode.Uri.joinPath(extension.logUri, "pland.log"));
    return new TextDecoder().decode(log).split("\n").slice(-most_lines).join("\n").replace(/```/g, "'''");
  } catch (error) {
    return message(error);
  }
}

export const report_commands: Record<string, Command> = { report };
