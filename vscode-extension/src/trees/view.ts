// What the three trees have in common: nodes with stable ids, pages, and a refresh that comes at most ten times a
// second.
import * as vscode from "vscode";
import { setting } from "../settings";

export interface Node {
  /** Stable, unique in its tree: what is expanded stays so. */
  readonly id: string;
  item(): vscode.TreeItem;
  children?(): Node[] | Promise<Node[]>;
  readonly parent?: Node | undefined;
  /** What a command that is called on the node gets. */
  readonly params?: Record<string, unknown>;
}

/** Stands for what a long list does not show yet. */
class MoreNode implements Node {
  readonly id: string;
  readonly title: string;
  constructor(
    readonly parent: Node | undefined,
    listId: string,
    what: string,
    left: number,
    next: number,
    private readonly show: () => void,
  ) {
    this.id = `${listId}/more`;
    this.title = `Show ${Math.min(next, left)} more of ${left} ${what}`;
  }
  item(): vscode.TreeItem {
    const item = new vscode.TreeItem(`${this.title}…`);
    item.accessibilityInformation = { label: this.title };
    item.tooltip = this.title;
    item.iconPath = new vscode.ThemeIcon("ellipsis");
    item.command = { command: "pland.showMore", title: "Show More", arguments: [this] };
    return item;
  }
  /** For the command. */
  more(): void {
    this.show();
  }
}

/** The entry that was clicked; from the command palette, the one that is chosen. */
export async function showMore(trees: readonly Tree[], node: unknown): Promise<void> {
  if (node instanceof MoreNode) {
    node.more();
    return;
  }
  const choices = trees.flatMap((tree) => tree.unshown()).map((more) => ({ label: more.title, more }));
  if (choices.length === 0) void vscode.window.showInformationMessage("Every list is shown to its end.");
  const [only] = choices;
  const choice = choices.length === 1 ? only : await vscode.window.showQuickPick(choices, { title: "Show more of what?" });
  choice?.more.more();
}

export interface List<T> {
  /** Stable, unique in its tree. */
  id: string;
  /** "subplans of NAME" */
  what: string;
  parent?: Node | undefined;
  all: readonly T[];
  node: (item: T) => Node;
}

export abstract class Tree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<Node | undefined>();
  readonly onDidChangeTreeData = this.changes.event;
  readonly view: vscode.TreeView<Node>;
  private readonly shown = new Map<string, number>();
  private readonly cut = new Map<string, MoreNode>();
  private pending: NodeJS.Timeout | undefined;
  protected readonly subscriptions: { dispose(): unknown }[] = [this.changes];

  constructor(viewId: string) {
    this.view = vscode.window.createTreeView(viewId, { treeDataProvider: this, showCollapseAll: true });
    this.subscriptions.push(this.view);
  }

  dispose(): void {
    clearTimeout(this.pending);
    for (const each of this.subscriptions) each.dispose();
  }

  protected abstract roots(): Node[] | Promise<Node[]>;

  getTreeItem(node: Node): vscode.TreeItem {
    const item = node.item();
    item.id = node.id;
    return item;
  }
  async getChildren(node?: Node): Promise<Node[]> {
    if (node === undefined) return this.roots();
    return (await node.children?.()) ?? [];
  }
  getParent(node: Node): Node | undefined {
    return node.parent;
  }

  /** Coalesced. */
  protected refresh(): void {
    this.pending ??= setTimeout(() => {
      this.pending = undefined;
      this.changes.fire(undefined);
    }, 100);
  }

  /** Lists of which not all is shown. */
  unshown(): MoreNode[] {
    return [...this.cut.values()];
  }

  /** The first pages of a list, and a node for the rest. Nodes are made only for what is shown. */
  protected paged<T>(list: List<T>): Node[] {
    const { id, what, parent, all, node } = list;
    const page = Math.max(10, setting("trees.pageSize"));
    const limit = this.shown.get(id) ?? page;
    const nodes = all.slice(0, limit).map(node);
    this.cut.delete(id);
    if (all.length > limit) {
      const more = new MoreNode(parent, id, what, all.length - limit, page, () => {
        this.shown.set(id, limit + page);
        this.changes.fire(undefined);
      });
      this.cut.set(id, more);
      nodes.push(more);
    }
    return nodes;
  }
}

/** Spoken as "NAME, DESCRIPTION". */
export function described(item: vscode.TreeItem, name: string, description: string): vscode.TreeItem {
  item.description = description;
  item.accessibilityInformation = { label: `${name}, ${description}` };
  return item;
}
