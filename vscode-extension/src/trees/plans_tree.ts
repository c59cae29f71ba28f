// Plans, their subplans, and the files that a subplan changed.
import * as vscode from "vscode";
import type { PlanStatus, ProcessingState, SubplanStatus } from "../../api/pland";
import type { Plans } from "../plans";
import type { Server } from "../server";
import { canApply, canRevert, inState, isRunning, needOf, planText, profileText, shortName, subplanText } from "../words";
import { Tree, described } from "./view";
import type { Node } from "./view";

export class PlansTree extends Tree {
  constructor(
    private readonly plans: Plans,
    private readonly server: Server,
  ) {
    super("pland.plans");
    this.subscriptions.push(
      plans.onDidChange(() => {
        this.badge();
        this.refresh();
      }),
    );
  }

  /** Brings a plan to view. */
  async reveal(planId: string): Promise<void> {
    const plan = this.plans.get(planId);
    const root = plan === undefined ? planId : this.plans.rootOf(plan).planId;
    const node = (await this.getChildren()).find((each) => each.id === root);
    if (node !== undefined) await this.view.reveal(node, { select: true, focus: true, expand: true });
  }

  protected override roots(): Node[] {
    if (this.server.state !== "running" && this.server.state !== "starting") return [];
    const current = this.plans.current();
    const shown = new Set(current.map((plan) => plan.planId));
    const earlier = this.plans.list().filter((plan) => !shown.has(plan.planId));
    const nodes = this.paged({ id: "plans", what: "plans", all: current, node: (plan) => this.planNode(plan, undefined) });
    if (earlier.length > 0) nodes.push(this.earlierNode(earlier));
    return nodes;
  }

  private badge(): void {
    const waiting = this.plans.thatNeedSomeone().length;
    this.view.badge =
      waiting === 0
        ? undefined
        : { value: waiting, tooltip: waiting === 1 ? "1 plan waits for you" : `${waiting} plans wait for you` };
  }

  private earlierNode(plans: PlanStatus[]): Node {
    const node: Node = {
      id: "earlier",
      item: () => {
        const item = new vscode.TreeItem("Earlier plans", vscode.TreeItemCollapsibleState.Collapsed);
        item.iconPath = new vscode.ThemeIcon("history");
        return described(item, "Earlier plans", String(plans.length));
      },
      children: () =>
        this.paged({ id: "earlier", what: "earlier plans", parent: node, all: plans, node: (plan) => this.planNode(plan, node) }),
    };
    return node;
  }

  private planNode(plan: PlanStatus, parent: Node | undefined): Node {
    const node: Node = {
      id: plan.planId,
      parent,
      params: { planId: plan.planId },
      item: () => planItem(plan, parent === undefined),
      children: () => {
        this.plans.lookBelow(plan.planId);
        return this.subplansOf(this.plans.get(plan.planId) ?? plan, node, shortName(plan.name));
      },
    };
    return node;
  }

  private subplansOf(plan: PlanStatus, parent: Node, name: string): Node[] {
    return this.paged({
      id: plan.planId,
      what: `subplans of ${name}`,
      parent,
      all: plan.subplans,
      node: (subplan) => this.subplanNode(subplan, parent),
    });
  }

  private subplanNode(subplan: SubplanStatus, parent: Node): Node {
    const files = subplan.filesChanged;
    const isParent = this.plans.isParent(subplan.subplanId);
    const node: Node = {
      id: subplan.subplanId,
      parent,
      params: { subplanId: subplan.subplanId },
      item: () => {
        const item = new vscode.TreeItem(
          subplan.name,
          files.length > 0 || isParent ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None,
        );
        item.iconPath = stateIcon(subplan.state);
        const words = ["subplan"];
        if (subplan.state === "processing" || subplan.state === "queued") words.push("cancellable");
        if (subplan.state === "errored" || subplan.state === "cancelled") words.push("retryable");
        if (isParent) words.push("parent");
        else if (subplan.state !== "queued") words.push("logged");
        if (files.length > 0) words.push("changed");
        item.contextValue = words.join(" ");
        if (subplan.error !== undefined) item.tooltip = subplan.error;
        return described(item, subplan.name, subplanText(subplan));
      },
      children: async () => {
        const child = isParent ? await this.plans.child(subplan.subplanId) : undefined;
        const nodes = child === undefined ? [] : this.subplansOf(child, node, subplan.name);
        const shown = this.paged({
          id: `${subplan.subplanId}/files`,
          what: `files of ${subplan.name}`,
          parent: node,
          all: files,
          node: (path) => fileNode(subplan, path, node),
        });
        return [...nodes, ...shown];
      },
    };
    return node;
  }
}

function planItem(plan: PlanStatus, open: boolean): vscode.TreeItem {
  const state = open && plan.state !== "applied" ? "Expanded" : "Collapsed";
  const item = new vscode.TreeItem(shortName(plan.name), vscode.TreeItemCollapsibleState[state]);
  item.iconPath = planIcon(plan);
  const running = isRunning(plan);
  const words = ["plan"];
  if (running) words.push("running");
  if (plan.uri !== undefined) words.push("file");
  if (needOf(plan) === "continue") words.push(plan.phase === "strategize" ? "startable" : "continue");
  if (canRevert(plan)) words.push("revertible");
  if (inState(plan, "errored") > 0) words.push("failed");
  const unfinished = inState(plan, "errored") + inState(plan, "cancelled");
  if (!running && unfinished > 0 && plan.state !== "applied") words.push("retryable");
  if (canApply(plan)) words.push("applicable");
  if (plan.state === "applied") words.push("undoable");
  if (inState(plan, "complete") > 0) words.push("changed");
  item.contextValue = words.join(" ");
  const tip = new vscode.MarkdownString();
  tip.appendMarkdown("**").appendText(plan.name).appendMarkdown("** ").appendText(planText(plan));
  if (plan.error !== undefined) tip.appendMarkdown("\n\n").appendText(plan.error);
  if (plan.profile !== undefined) tip.appendMarkdown("\n\n").appendText(profileText(plan.profile));
  item.tooltip = tip;
  const folder = folderName(plan);
  return described(item, plan.name, folder === undefined ? planText(plan) : `${planText(plan)} · ${folder}`);
}

/** Which of the window's folders it is of, where there are several. */
function folderName(plan: PlanStatus): string | undefined {
  if (plan.uri === undefined || (vscode.workspace.workspaceFolders?.length ?? 0) < 2) return undefined;
  return vscode.workspace.getWorkspaceFolder(vscode.Uri.parse(plan.uri))?.name;
}

function fileNode(subplan: SubplanStatus, path: string, parent: Node): Node {
  return {
    id: `${subplan.subplanId}/${path}`,
    parent,
    params: { subplanId: subplan.subplanId, path },
    item: () => {
      const item = new vscode.TreeItem(vscode.Uri.file(`/${path}`));
      item.label = path.slice(path.lastIndexOf("/") + 1);
      item.description = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "";
      item.accessibilityInformation = { label: `${path}, changed by ${subplan.name}` };
      item.iconPath = vscode.ThemeIcon.File;
      item.contextValue = "changedFile";
      item.tooltip = `What ${subplan.name} did to ${path}`;
      item.command = {
        command: "pland.diff",
        title: "Show Diff",
        arguments: [{ subplanId: subplan.subplanId, path }],
      };
      return item;
    },
  };
}

function planIcon(plan: PlanStatus): vscode.ThemeIcon {
  if (isRunning(plan)) return new vscode.ThemeIcon("sync~spin", new vscode.ThemeColor("progressBar.background"));
  switch (needOf(plan)) {
    case "conflicts":
      return new vscode.ThemeIcon("git-merge", new vscode.ThemeColor("list.warningForeground"));
    case "failures":
      return new vscode.ThemeIcon("error", new vscode.ThemeColor("list.errorForeground"));
    case "continue":
      return new vscode.ThemeIcon("debug-pause", new vscode.ThemeColor("list.warningForeground"));
    case "apply":
      return new vscode.ThemeIcon("check", new vscode.ThemeColor("testing.iconPassed"));
    default:
      return stateIcon(plan.state);
  }
}

export function stateIcon(state: ProcessingState): vscode.ThemeIcon {
  switch (state) {
    case "queued":
      return new vscode.ThemeIcon("circle-outline", new vscode.ThemeColor("testing.iconQueued"));
    case "processing":
      return new vscode.ThemeIcon("sync~spin", new vscode.ThemeColor("progressBar.background"));
    case "complete":
      return new vscode.ThemeIcon("pass", new vscode.ThemeColor("testing.iconPassed"));
    case "errored":
      return new vscode.ThemeIcon("error", new vscode.ThemeColor("list.errorForeground"));
    case "applied":
      return new vscode.ThemeIcon("check-all", new vscode.ThemeColor("testing.iconPassed"));
    case "constrained":
      return new vscode.ThemeIcon("lock", new vscode.ThemeColor("list.warningForeground"));
    case "cancelled":
      return new vscode.ThemeIcon("circle-slash", new vscode.ThemeColor("disabledForeground"));
  }
}
