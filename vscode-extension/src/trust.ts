// A plan file comes with the project, and its commands run with the person's rights. Before the first run of each
// text of a plan file the person is asked once.
import { createHash } from "node:crypto";
import * as vscode from "vscode";
import { textNow } from "./plan_files";
import { commandsOf } from "./texts/commands_of";

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
    // Only what to show: whether to ask is not left to a reading of the file that could miss something.
    const commands = commandsOf(text);
    const name = vscode.workspace.asRelativePath(file);
    const shown = commands.slice(0, most_shown).map((command) => `  ${shortened(command)}`);
    if (commands.length > most_shown) shown.push(`  and ${commands.length - most_shown} more`);
    const detail = [
      ...(shown.length > 0 ? [...shown, ""] : []),
      "Commands run in copies of your files, but with all your rights. You are asked again when the file changes.",
    ].join("\n");
    const run = "Run";
    const show = "Show File";
    const choice = await vscode.window.showWarningMessage(
      `Run the commands of ${name}? They come with this project.`,
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
