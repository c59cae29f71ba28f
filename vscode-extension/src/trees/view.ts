// What the three trees have in common: nodes with stable ids, pages, and a refresh that comes at most ten times a
// second.
import * as vscode from "vscode";

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
  constructor(
    readonly parent: Node | undefined,
    listId: string,
    private readonly left: number,
    private readonly next: number,
    private readonly show: () => void,
  ) {
    this.id = `${listId}/more`;
  }
  item(): vscode.TreeItem {
    const item = new vscode.TreeItem(`Show ${Math.min(this.next, this.left)} more of ${this.left}…`);
    item.iconPath = new vscode.ThemeIcon("ellipsis");
    item.command = { command: "pland.showMore", title: "Show More", arguments: [this] };
    return item;
  }
  /** For the command. */
  more(): void {
    this.show();
  }
}

export function showMore(node: unknown): void {
  if (node instanceof MoreNode) node.more();
}

export abstract class Tree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changes = new vscode.EventEmitter<Node | undefined>();
  readonly onDidChangeTreeData = this.changes.event;
  readonly view: vscode.TreeView<Node>;
  private readonly shown = new Map<string, number>();
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

  /** The first pages of a list, and a node for the rest. */
  protected paged<T>(listId: string, parent: Node | undefined, all: readonly T[], node: (item: T) => Node): Node[] {
    const page = Math.max(10, vscode.workspace.getConfiguration("pland").get<number>("trees.pageSize", 100));
    const limit = this.shown.get(listId) ?? page;
    const nodes = all.slice(0, limit).map(node);
    if (all.length > limit) {
      nodes.push(
        new MoreNode(parent, listId, all.length - limit, page, () => {
          this.shown.set(listId, limit + page);
          this.changes.fire(undefined);
        }),
      );
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
