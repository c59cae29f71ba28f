// How the server is and what waits for the person: one item in the status bar, and the language status of plan files.
import * as vscode from "vscode";
import type { PlanStatus } from "../api/pland";
import type { Plans } from "./plans";
import type { Server } from "./server";
import { count, inState, isRunning, needOf, planText, shortName } from "./words";

const most_in_tooltip = 6;

export class Status implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("pland.status", vscode.StatusBarAlignment.Left, 10);
  private readonly language = vscode.languages.createLanguageStatusItem("pland.language", [
    { language: "pland-plan" },
    { pattern: "**/*.plan.json" },
  ]);
  private readonly subscriptions: { dispose(): unknown }[];
  private pending: NodeJS.Timeout | undefined;

  constructor(
    private readonly server: Server,
    private readonly plans: Plans,
    private readonly extensionVersion: string,
  ) {
    this.item.name = "pland";
    this.item.command = "pland.menu";
    this.language.name = "pland";
    this.subscriptions = [
      this.item,
      this.language,
      server.onDidChangeState(() => this.later()),
      plans.onDidChange(() => this.later()),
    ];
    this.render();
    this.item.show();
  }

  dispose(): void {
    clearTimeout(this.pending);
    for (const each of this.subscriptions) each.dispose();
  }

  private later(): void {
    this.pending ??= setTimeout(() => {
      this.pending = undefined;
      this.render();
    }, 100);
  }

  private render(): void {
    const { text, says, severity, busy } = this.summary();
    this.item.text = text;
    this.item.accessibilityInformation = { label: `pland: ${says}`, role: "button" };
    this.item.backgroundColor =
      severity === vscode.LanguageStatusSeverity.Information
        ? undefined
        : new vscode.ThemeColor(
            severity === vscode.LanguageStatusSeverity.Error
              ? "statusBarItem.errorBackground"
              : "statusBarItem.warningBackground",
          );
    this.item.tooltip = this.tooltip(says);
    this.language.text = `pland: ${says}`;
    this.language.severity = severity;
    this.language.busy = busy;
    this.language.command =
      this.server.state === "running"
        ? { command: "pland.plans.focus", title: "Show Plans" }
        : { command: "pland.restartServer", title: "Start" };
  }

  private summary(): { text: string; says: string; severity: vscode.LanguageStatusSeverity; busy: boolean } {
    const { Error, Warning, Information } = vscode.LanguageStatusSeverity;
    switch (this.server.state) {
      case "starting":
        return { text: "$(sync~spin) pland", says: "starting", severity: Information, busy: true };
      case "stopped":
        return { text: "$(circle-slash) pland", says: "stopped", severity: Warning, busy: false };
      case "failed":
        return { text: "$(error) pland", says: this.server.problem, severity: Error, busy: false };
      case "running":
        break;
    }
    const plans = this.plans.current();
    const working = plans.filter(isRunning);
    const conflicts = sum(plans, (plan) => (needOf(plan) === undefined ? 0 : plan.conflicts.open));
    const failed = sum(plans, (plan) => (needOf(plan) === undefined ? 0 : inState(plan, "errored")));
    const ready = plans.filter((plan) => needOf(plan) === "apply").length;
    const waiting = plans.filter((plan) => needOf(plan) === "continue").length;
    const running = sum(working, (plan) => inState(plan, "processing"));
    const queued = sum(working, (plan) => inState(plan, "queued"));
    const icons = [working.length > 0 ? "$(sync~spin)" : "$(layers)", "pland"];
    const words: string[] = [];
    if (working.length > 0) {
      const done = sum(working, (plan) => inState(plan, "complete"));
      icons.push(`${done}/${sum(working, (plan) => plan.subplans.length)}`);
      words.push(`${running} running, ${queued} queued`);
    }
    const say = (number: number, icon: string, what: string): void => {
      if (number === 0) return;
      icons.push(`$(${icon}) ${number}`);
      words.push(what);
    };
    say(conflicts, "git-merge", count(conflicts, "conflict"));
    say(failed, "error", `${count(failed, "subplan")} failed`);
    say(waiting, "debug-pause", `${count(waiting, "plan")} to be continued`);
    say(ready, "check", `${count(ready, "plan")} ready to apply`);
    return {
      text: icons.join(" "),
      says: words.length > 0 ? words.join(", ") : "ready",
      severity: conflicts > 0 ? Warning : Information,
      busy: working.length > 0,
    };
  }

  private tooltip(says: string): vscode.MarkdownString {
    const tip = new vscode.MarkdownString("", true);
    tip.isTrusted = {
      enabledCommands: [
        "pland.plans.focus",
        "pland.conflicts.focus",
        "pland.showOutput",
        "pland.restartServer",
        "pland.stopServer",
      ],
    };
    tip.appendMarkdown("**pland** ").appendText(`${says}\n\n`);
    const plans = this.plans.current();
    for (const plan of plans.slice(0, most_in_tooltip)) {
      tip.appendMarkdown(`- ${symbol(plan)} `).appendText(`${shortName(plan.name)}: ${planText(plan)}`).appendMarkdown("\n");
    }
    if (plans.length > most_in_tooltip) tip.appendMarkdown(`- and ${plans.length - most_in_tooltip} more\n`);
    tip.appendMarkdown("\n\n---\n\n");
    tip.appendMarkdown(
      "[Plans](command:pland.plans.focus) · [Conflicts](command:pland.conflicts.focus) · " +
        "[Output](command:pland.showOutput) · [Restart](command:pland.restartServer) · [Stop](command:pland.stopServer)\n\n",
    );
    const server = this.server.version === "" ? "" : `server ${this.server.version}, `;
    tip.appendText(`${server}extension ${this.extensionVersion}`);
    if (this.server.program !== undefined) tip.appendText(` (${this.server.program.program})`);
    return tip;
  }
}

function symbol(plan: PlanStatus): string {
  if (isRunning(plan)) return "$(sync~spin)";
  switch (needOf(plan)) {
    case "conflicts":
      return "$(git-merge)";
    case "failures":
      return "$(error)";
    case "continue":
      return "$(debug-pause)";
    case "apply":
      return "$(check)";
    default:
      return "$(circle-outline)";
  }
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
