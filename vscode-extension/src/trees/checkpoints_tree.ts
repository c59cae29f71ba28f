// Checkpoints of the plans, newest first.
import * as vscode from "vscode";
import type { Checkpoint, PlanStatus } from "../../api/pland";
import type { Plans } from "../plans";
import type { Server } from "../server";
import { checkpointText, count, shortName } from "../words";
import { Tree, described } from "./view";
import type { Node } from "./view";

const minute = 60_000;

export class CheckpointsTree extends Tree {
  constructor(
    private readonly plans: Plans,
    private readonly server: Server,
  ) {
    super("pland.checkpoints");
    // Ages grow while nothing happens. Nothing is asked for this.
    const clock = setInterval(() => {
      if (this.view.visible) this.refresh();
    }, minute);
    this.subscriptions.push(plans.onDidChange(() => this.refresh()), { dispose: () => clearInterval(clock) });
  }

  protected override async roots(): Promise<Node[]> {
    if (this.server.state !== "running") return [];
    const plans = this.plans.current().filter((plan) => plan.checkpoints > 0);
    const only = plans.length === 1 ? plans[0] : undefined;
    if (only !== undefined) return this.checkpointsOf(only, undefined);
    return this.paged({ id: "plans", what: "plans", all: plans, node: (plan) => this.planNode(plan) });
  }

  private planNode(plan: PlanStatus): Node {
    const node: Node = {
      id: plan.planId,
      params: { planId: plan.planId },
      item: () => {
        const item = new vscode.TreeItem(shortName(plan.name), vscode.TreeItemCollapsibleState.Collapsed);
        item.iconPath = new vscode.ThemeIcon("layers");
        item.contextValue = "checkpointsOfPlan";
        return described(item, plan.name, count(plan.checkpoints, "checkpoint"));
      },
      children: () => this.checkpointsOf(plan, node),
    };
    return node;
  }

  private async checkpointsOf(plan: PlanStatus, parent: Node | undefined): Promise<Node[]> {
    const all = [...(await this.plans.checkpoints(plan.planId))].reverse();
    return this.paged({
      id: `checkpoints/${plan.planId}`,
      what: `checkpoints of ${shortName(plan.name)}`,
      parent,
      all,
      node: (each) => checkpointNode(each, plan, parent),
    });
  }
}

function checkpointNode(checkpoint: Checkpoint, plan: PlanStatus, parent: Node | undefined): Node {
  const subplan = plan.subplans.find((each) => each.subplanId === checkpoint.subplanId);
  return {
    id: checkpoint.checkpointId,
    parent,
    params: { planId: checkpoint.planId, checkpointId: checkpoint.checkpointId },
    item: () => {
      const item = new vscode.TreeItem(checkpoint.label);
      item.iconPath = new vscode.ThemeIcon(
        checkpoint.leftOut.length > 0 ? "warning" : checkpoint.trigger === "manual" ? "bookmark" : "milestone",
      );
      item.contextValue = "checkpoint";
      const tip = new vscode.MarkdownString();
      tip.appendMarkdown("**").appendText(checkpoint.label).appendMarkdown("** ");
      tip.appendText(new Date(checkpoint.createdAt).toLocaleString());
      tip.appendMarkdown("\n\n").appendText(`Of ${subplan === undefined ? `the result of ${plan.name}` : subplan.name}`);
      for (const left of checkpoint.leftOut.slice(0, 20)) {
        tip.appendMarkdown("\n\n").appendText(`Left out: ${left.path}: ${left.why}`);
      }
      item.tooltip = tip;
      return described(item, checkpoint.label, checkpointText(checkpoint, Date.now()));
    },
  };
}
