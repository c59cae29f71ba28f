// Tells the person, once, when a plan comes to need one.
import * as vscode from "vscode";
import type { PlanStatus } from "../api/pland";
import type { Plans } from "./plans";
import { setting } from "./settings";
import type { Need } from "./words";
import { count, inState, isRunning, needOf, shortName, wasClosed } from "./words";

const told_key = "pland.toldNeeds";
const most_remembered = 200;

export class Notices implements vscode.Disposable {
  private readonly needed = new vscode.EventEmitter<PlanStatus>();
  readonly onDidNeedPerson = this.needed.event;
  /** Plans seen at work since then: only those have come to need somebody. */
  private readonly working = new Set<string>();
  private readonly told: Set<string>;
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly plans: Plans,
    private readonly memory: vscode.Memento,
  ) {
    this.told = new Set(memory.get<string[]>(told_key, []));
    this.subscription = plans.onDidChange(() => this.look());
  }

  dispose(): void {
    this.subscription.dispose();
    this.needed.dispose();
  }

  private look(): void {
    for (const plan of this.plans.current()) {
      if (!this.plans.isWhole(plan.planId)) continue;
      if (isRunning(plan)) {
        this.working.add(plan.planId);
        continue;
      }
      const need = needOf(plan);
      if (need === undefined) continue;
      const seen = this.working.delete(plan.planId);
      // What ended while the window was closed is news too, but what was told is not.
      const print = `${plan.planId}/${need}/${attempts(plan)}`;
      if (this.told.has(print)) continue;
      if (!seen && need !== "conflicts" && need !== "failures" && !wasClosed(plan)) continue;
      this.remember(print);
      this.needed.fire(plan);
      void this.tell(plan, need);
    }
  }

  private remember(print: string): void {
    this.told.add(print);
    const kept = [...this.told].slice(-most_remembered);
    void this.memory.update(told_key, kept);
  }

  private async tell(plan: PlanStatus, need: Need): Promise<void> {
    const wanted = setting("notifications");
    if (wanted === "none" || (wanted === "problems" && need === "apply")) return;
    const name = shortName(plan.name);
    const argument = { planId: plan.planId };
    const failed = inState(plan, "errored");
    const run = (command: string, ...args: unknown[]) => vscode.commands.executeCommand(command, ...args);
    const problems = [
      plan.conflicts.open > 0 ? count(plan.conflicts.open, "conflict") : "",
      failed > 0 ? `${count(failed, "subplan")} that failed` : "",
    ].filter(Boolean);
    switch (need) {
      case "conflicts":
      case "failures": {
        const look = need === "conflicts" ? "Show Conflicts" : "Show Plan";
        const retry = failed > 0 ? ["Retry Failed"] : [];
        const choice = await vscode.window.showWarningMessage(`${name} has ${problems.join(" and ")}.`, look, ...retry);
        if (choice === "Show Conflicts") await run("pland.conflicts", argument);
        if (choice === "Show Plan") await run("pland.status", argument);
        if (choice === "Retry Failed") await run("pland.retry", argument);
        return;
      }
      case "apply": {
        const text = `${name} is done and merged. Your files are as they were until you apply it.`;
        const choice = await vscode.window.showInformationMessage(text, "Apply", "Show Changes");
        if (choice === "Apply") await run("pland.apply", argument);
        if (choice === "Show Changes") await run("pland.diff", argument);
        return;
      }
      case "continue": {
        if (!wasClosed(plan)) return;
        const text = `${name} was stopped when the window was closed. What it had done is kept.`;
        const choice = await vscode.window.showInformationMessage(text, "Continue", "Show Plan");
        if (choice === "Continue") await run("pland.retry", argument);
        if (choice === "Show Plan") await run("pland.status", argument);
        return;
      }
    }
  }
}

function attempts(plan: PlanStatus): number {
  return plan.subplans.reduce((sum, subplan) => sum + subplan.attempt, 0);
}
