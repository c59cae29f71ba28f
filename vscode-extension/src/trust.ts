// A plan file comes with the project, and its commands run with the person's rights. Before the first run of each
// text of a plan file the person is asked once.
import { createHash } from "node:crypto";
import * as vscode from "vscode";
import { textNow } from "./plan_files";
import { commandsOf } from "./texts/commands_of";
import { count } from "./words";

const remembered_key = "pland.approvedPlanTexts";
const most_remembered = 500;
const most_shown = 8;

export class Approvals {
  constructor(private readonly memory: vscode.Memento) {}

  /** Whether the plan may run; asks when this text of it was never approved here. */
  async approved(file: vscode.Uri): Promise<boolean> {
    const ask = vscode.workspace.getConfiguration("pland").get<string>("confirmCommands", "whenChanged");
    if (ask === "never") return true;
    const text = await textNow(file);
    // The server says better than we what is wrong with a file that is not there.
    if (text === undefined) return true;
    const print = createHash("sha256").update(file.toString()).update("\0").update(text).digest("hex");
    if (this.memory.get<string[]>(remembered_key, []).includes(print)) return true;
    if (!(await this.ask(file, text))) return false;
    const known = this.memory.get<string[]>(remembered_key, []);
    await this.memory.update(remembered_key, [...known, print].slice(-most_remembered));
    return true;
  }

  private async ask(file: vscode.Uri, text: string): Promise<boolean> {
    const commands = commandsOf(text);
    // Without commands only pland's own tools run, and those stay in the sandbox.
    if (commands.length === 0) return true;
    const name = vscode.workspace.asRelativePath(file);
    const shown = commands.slice(0, most_shown).map((command) => `  ${shortened(command)}`);
    if (commands.length > most_shown) shown.push(`  and ${commands.length - most_shown} more`);
    const detail = [
      ...shown,
      "",
      "They run in isolated copies of your files, with your rights. You are asked again when the file's text changes.",
    ].join("\n");
    const run = "Run";
    const show = "Show File";
    const choice = await vscode.window.showWarningMessage(
      `${name} runs ${count(commands.length, "command")} from this project. Run ${commands.length === 1 ? "it" : "them"}?`,
      { modal: true, detail },
      run,
      show,
    );
    if (choice === show) await vscode.window.showTextDocument(file);
    return choice === run;
  }
}

function shortened(command: string): string {
  return command.length > 90 ? `${command.slice(0, 87)}...` : command;
}
