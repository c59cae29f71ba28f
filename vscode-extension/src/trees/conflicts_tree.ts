// Open conflicts, a file each; those that are resolved stand apart.
import * as vscode from "vscode";
import type { Conflict } from "../../api/pland";
import type { Plans } from "../plans";
import type { Server } from "../server";
import { conflictText, count } from "../words";
import { Tree, described } from "./view";
import type { Node } from "./view";

export class ConflictsTree extends Tree {
  constructor(
    private readonly plans: Plans,
    private readonly server: Server,
  ) {
    super("pland.conflicts");
    this.subscriptions.push(plans.onDidChange(() => this.refresh()));
  }

  protected override async roots(): Promise<Node[]> {
    if (this.server.state !== "running") return [];
    const plans = this.plans.family().filter((plan) => plan.state !== "applied");
    const open = plans.filter((plan) => plan.conflicts.open > 0);
    const lists = await Promise.all(open.map((plan) => this.plans.conflicts(plan.planId)));
    const conflicts = lists.flat().filter((conflict) => conflict.state === "open");
    const nodes = this.paged({
      id: "open",
      what: "open conflicts",
      all: conflicts,
      node: (conflict) => conflictNode(conflict, undefined),
    });
    const resolved = plans.filter((plan) => plan.conflicts.resolved > 0);
    if (resolved.length > 0) nodes.push(this.resolvedNode(resolved.map((plan) => plan.planId)));
    return nodes;
  }

  private resolvedNode(plans: string[]): Node {
    const number = plans.reduce((sum, id) => sum + (this.plans.get(id)?.conflicts.resolved ?? 0), 0);
    const node: Node = {
      id: "resolved",
      item: () => {
        const item = new vscode.TreeItem("Resolved", vscode.TreeItemCollapsibleState.Collapsed);
        item.iconPath = new vscode.ThemeIcon("pass", new vscode.ThemeColor("testing.iconPassed"));
        return described(item, "Resolved conflicts", String(number));
      },
      children: async () => {
        const lists = await Promise.all(plans.map((planId) => this.plans.conflicts(planId)));
        const done = lists.flat().filter((conflict) => conflict.state === "resolved");
        return this.paged({
          id: "resolved",
          what: "resolved conflicts",
          parent: node,
          all: done,
          node: (conflict) => conflictNode(conflict, node),
        });
      },
    };
    return node;
  }
}

function conflictNode(conflict: Conflict, parent: Node | undefined): Node {
  return {
    id: conflict.conflictId,
    parent,
    params: { conflictId: conflict.conflictId },
    item: () => {
      const name = conflict.path.slice(conflict.path.lastIndexOf("/") + 1);
      const item = new vscode.TreeItem(name);
      item.resourceUri = vscode.Uri.parse(conflict.uri);
      const words = ["conflict", conflict.state];
      if (conflict.state === "open") {
        item.iconPath = new vscode.ThemeIcon("git-merge", new vscode.ThemeColor("list.warningForeground"));
        if (conflict.hunks.length > 0) words.push("text");
        if (conflict.kind === "content" || conflict.kind === "creation") words.push("both");
      } else {
        item.iconPath = new vscode.ThemeIcon("pass", new vscode.ThemeColor("testing.iconPassed"));
      }
      item.contextValue = words.join(" ");
      item.command = {
        command: "pland.openConflict",
        title: "Open File at the Conflict",
        arguments: [{ conflictId: conflict.conflictId }],
      };
      item.tooltip = [conflict.path, conflictText(conflict), conflict.detail ?? ""].filter(Boolean).join("\n");
      const left = conflict.hunks.filter((hunk) => hunk.state === "open").length;
      const parts = [conflictText(conflict)];
      if (conflict.state === "open" && conflict.hunks.length > 1) parts.push(`${left} of ${count(conflict.hunks.length, "place")}`);
      if (conflict.state === "resolved") parts.push(`took ${conflict.resolution ?? "each its own"}`);
      const folder = conflict.path.slice(0, -name.length - 1);
      described(item, conflict.path, parts.join(", "));
      if (folder !== "") item.description = `${parts.join(", ")} · ${folder}`;
      return item;
    },
  };
}
