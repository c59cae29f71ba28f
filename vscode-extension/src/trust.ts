// A plan file comes with the project, and its commands run with the person's rights. Before the first run of each
// text of a plan file the person is asked once.
import { createHash } from "node:crypto";
import * as vscode from "vscode";
import { textNow } from "./plan_files";
import { setting } from "./settings";
import { commandsOf } from "./texts/commands_of";

const remembered_key = "pland.approved";
const most_remembered = 500;
const most_shown = 8;

export class Approvals {
  constructor(private readonly memory: vscode.Memento) {}

  /** Whether the plan may run; asks when this text of it was never approved here. */
  async approved(file: vscode.Uri): Promise<boolean> {
    if (setting("confirmCommands") === "never") return true;
    const text = await textNow(file);
    // The server says better than we what is wrong with a file that is not there.
    if (text === undefined) return true;
    const print = createHash("sha256").update(file.toString()).update("\0").update(text).digest("hex");
    if (this.knows(print)) return true;
    if (!(await this.ask(file, text))) return false;
    await this.remember(print);
    return true;
  }

  /** The same for a plan that is there already: one that was approved may go on, whatever its file says by now. */
  async approvedPlan(planId: string, file: vscode.Uri | undefined): Promise<boolean> {
    if (this.knows(planId)) return true;
    if (file !== undefined && !(await this.approved(file))) return false;
    await this.remember(planId);
    return true;
  }

  async remember(what: string): Promise<void> {
    const known = this.memory.get<string[]>(remembered_key, []);
    await this.memory.update(remembered_key, [...known, what].slice(-most_remembered));
  }

  private knows(what: string): boolean {
    return this.memory.get<string[]>(remembered_key, []).includes(what);
  }

  private async ask(file: vscode.Uri, text: string): Promise<boolean> {
    // Only what to show: whether to ask is not left to a reading of the file that could miss something.
    const commands = commandsOf(text);
    const name = vscode.workspace.asRelativePath(file);
    const shown = commands.slice(0, most_shown).map((command) => `$ ${shortened(command)}`);
    if (commands.length > most_shown) shown.push(`and ${commands.length - most_shown} more`);
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
