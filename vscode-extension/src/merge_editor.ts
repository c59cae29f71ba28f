// A conflict in VS Code's own three-way merge editor. Its texts live in memory: the person's file is not touched.
// When the result was saved and its editor is closed ("Complete Merge" does both), it becomes the resolution. Until
// then what was saved is kept with the workspace: a window that is reloaded, or a resolution that is refused, loses none.
import { createHash } from "node:crypto";
import * as vscode from "vscode";
import type { Conflict } from "../api/pland";
import type { Plans } from "./plans";
import { textNow } from "./plan_files";
import type { Server } from "./server";
import { message } from "./server";
import { mergeTexts, mergedHunks } from "./texts/merge";
import type { MergeTexts } from "./texts/merge";

const merge_scheme = "pland-merge";
/** What a person saved, and of what. */
interface Saved {
  of: string;
  result: string;
}

interface Merge {
  conflict: Conflict;
  texts: MergeTexts;
  content: Record<string, string>;
  saved: boolean;
  /** By an editor that a reloaded window brought back, not by a wish of now. */
  restored: boolean;
  changed: number;
}

export class MergeEditor implements vscode.FileSystemProvider, vscode.Disposable {
  private readonly merges = new Map<string, Merge>();
  private readonly beginning = new Map<string, Promise<Merge | undefined>>();
  private readonly changes = new vscode.EventEmitter<vscode.FileChangeEvent[]>();
  readonly onDidChangeFile = this.changes.event;
  private readonly subscriptions: { dispose(): unknown }[];

  constructor(
    private readonly server: Server,
    private readonly plans: Plans,
    /** A folder of ours for this workspace; files there are on disk before a window goes, unlike mementos. */
    private readonly storage: vscode.Uri,
  ) {
    this.subscriptions = [
      vscode.workspace.registerFileSystemProvider(merge_scheme, this, { isCaseSensitive: true }),
      vscode.workspace.onDidCloseTextDocument((document) => {
        if (document.uri.scheme === merge_scheme && partOf(document.uri) === "result") void this.closed(document.uri);
      }),
      vscode.window.tabGroups.onDidChangeTabs(({ opened }) => void this.openAgain(opened)),
      this.changes,
    ];
    void this.openAgain(vscode.window.tabGroups.all.flatMap((group) => group.tabs));
  }

  dispose(): void {
    for (const each of this.subscriptions) each.dispose();
  }

  /** `result` is what a person has made of it so far. */
  async open(conflictId: string, result?: string): Promise<void> {
    const merge = await this.begin(conflictId);
    const { conflict } = merge;
    if (result !== undefined && result !== merge.texts.base) merge.content["result"] = result;
    const uri = (part: string): vscode.Uri => uriOf(conflict, part);
    const atApply = conflict.subplanId === undefined;
    try {
      await vscode.commands.executeCommand("_open.mergeEditor", {
        base: uri("base"),
        input1: { uri: uri("ours"), title: atApply ? "Yours" : conflict.ours, description: "ours", detail: "merged first" },
        input2: { uri: uri("theirs"), title: conflict.theirs, description: "theirs", detail: "merged onto it" },
        output: uri("result"),
      });
    } catch (error) {
      this.server.output.warn(`the merge editor did not open: ${message(error)}`);
      await vscode.commands.executeCommand(
        "vscode.diff",
        uri("ours"),
        uri("theirs"),
        `${conflict.path}: ${conflict.ours} ↔ ${conflict.theirs}`,
      );
    }
  }

  /** A reloaded window brings unsaved results back as plain texts: they become merge editors again. */
  private async openAgain(tabs: readonly vscode.Tab[]): Promise<void> {
    for (const { input } of tabs) {
      if (!(input instanceof vscode.TabInputText)) continue;
      const { uri } = input;
      if (uri.scheme !== merge_scheme || partOf(uri) !== "result") continue;
      if (this.merges.get(idOf(uri))?.restored === false) continue;
      try {
        const document = await vscode.workspace.openTextDocument(uri);
        const text = document.getText();
        await vscode.window.showTextDocument(document);
        await vscode.commands.executeCommand("workbench.action.revertAndCloseActiveEditor");
        await this.open(idOf(uri).toUpperCase(), text);
      } catch (error) {
        this.server.output.info(`a merge editor is not opened again: ${message(error)}`);
      }
    }
  }

  private async begin(conflictId: string): Promise<Merge> {
    const conflict = await this.plans.conflict(conflictId);
    if (conflict.state === "resolved") throw new Error(`The conflict in ${conflict.path} is already resolved.`);
    if (conflict.hunks.length === 0) {
      throw new Error(`${conflict.path}: this conflict is not about lines of text, so take one of its sides.`);
    }
    const now = await textNow(vscode.Uri.parse(conflict.uri));
    const texts = mergeTexts(conflict, now, placesOf(conflict));
    const { base, ours, theirs, result } = texts;
    const content = { base, ours, theirs, result };
    const id = keyOf(conflictId);
    const kept = await this.kept(id);
    const fits = kept?.of === printOf(texts);
    if (fits) content.result = kept.result;
    const merge = { conflict, texts, content, saved: fits, restored: false, changed: Date.now() };
    this.merges.set(id, merge);
    return merge;
  }

  private fileOf(id: string): vscode.Uri {
    return vscode.Uri.joinPath(this.storage, "merges", `${id}.json`);
  }
  private async kept(id: string): Promise<Saved | undefined> {
    try {
      return JSON.parse(new TextDecoder().decode(await vscode.workspace.fs.readFile(this.fileOf(id)))) as Saved;
    } catch {
      // Nothing was saved.
      return undefined;
    }
  }
  private async keep(id: string, saved: Saved): Promise<void> {
    await vscode.workspace.fs.writeFile(this.fileOf(id), new TextEncoder().encode(JSON.stringify(saved)));
  }
  private async forget(id: string): Promise<void> {
    try {
      await vscode.workspace.fs.delete(this.fileOf(id));
    } catch (error) {
      this.server.output.warn(`a merge that was saved: ${message(error)}`);
    }
  }

  private async closed(result: vscode.Uri): Promise<void> {
    const id = idOf(result);
    const merge = this.merges.get(id);
    if (merge === undefined) return;
    // The editor may let go of a document and take it again while it settles.
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (isOpen(result) || this.merges.get(id) !== merge) return;
    this.merges.delete(id);
    if (!merge.saved) return;
    const again = "Open Again";
    try {
      const left = await this.resolve(merge);
      await this.forget(id);
      const rest = left === 0 ? "No conflict is left." : `${left} left.`;
      vscode.window.setStatusBarMessage(`$(check) Resolved ${merge.conflict.path}. ${rest}`, 6000);
    } catch (error) {
      const choice = await vscode.window.showErrorMessage(message(error), again);
      if (choice === again) await this.open(merge.conflict.conflictId);
    }
  }

  /** How many conflicts of the plan are left. */
  private async resolve(merge: Merge): Promise<number> {
    const { conflict, texts } = merge;
    const text = merge.content["result"] ?? "";
    if (/^(<{7}|>{7}) /m.test(text)) {
      throw new Error(`${conflict.path} still has conflict markers, so nothing was resolved.`);
    }
    const hunks = mergedHunks(texts, text);
    if (hunks === undefined) {
      throw new Error(
        `${conflict.path} was changed outside of the conflict, which a resolution cannot hold. ` +
          "Nothing was resolved; make that change in your own file.",
      );
    }
    let left = 0;
    for (const [order, content] of hunks.entries()) {
      const hunk = texts.hunks[order] ?? 0;
      const { conflictId } = conflict;
      left = (await this.server.request("resolve", { conflictId, hunk, resolution: "manual", content })).open;
    }
    return left;
  }

  // --- the files ---

  private async find(uri: vscode.Uri): Promise<{ merge: Merge; part: string }> {
    const part = partOf(uri);
    const id = idOf(uri);
    const merge = this.merges.get(id) ?? (await this.again(id));
    if (merge?.content[part] === undefined) throw vscode.FileSystemError.FileNotFound(uri);
    return { merge, part };
  }

  /** A window that was reloaded opens its editors again: what they show is made anew, once. */
  private again(id: string): Promise<Merge | undefined> {
    const known = this.beginning.get(id);
    if (known !== undefined) return known;
    const begin = async (): Promise<Merge | undefined> => {
      try {
        const merge = await this.begin(id.toUpperCase());
        merge.restored = true;
        return merge;
      } catch (error) {
        this.server.output.info(`a merge editor is not opened again: ${message(error)}`);
        return undefined;
      } finally {
        this.beginning.delete(id);
      }
    };
    const begun = begin();
    this.beginning.set(id, begun);
    return begun;
  }

  async stat(uri: vscode.Uri): Promise<vscode.FileStat> {
    const { merge, part } = await this.find(uri);
    const stat = {
      type: vscode.FileType.File,
      ctime: 0,
      mtime: merge.changed,
      size: Buffer.byteLength(merge.content[part] ?? ""),
    };
    return part === "result" ? stat : { ...stat, permissions: vscode.FilePermission.Readonly };
  }
  async readFile(uri: vscode.Uri): Promise<Uint8Array> {
    const { merge, part } = await this.find(uri);
    return new TextEncoder().encode(merge.content[part] ?? "");
  }
  async writeFile(uri: vscode.Uri, content: Uint8Array): Promise<void> {
    const { merge, part } = await this.find(uri);
    if (part !== "result") throw vscode.FileSystemError.NoPermissions(uri);
    const result = new TextDecoder().decode(content);
    merge.content["result"] = result;
    merge.saved = true;
    merge.changed = Date.now();
    await this.keep(idOf(uri), { of: printOf(merge.texts), result });
    this.changes.fire([{ type: vscode.FileChangeType.Changed, uri }]);
  }
  watch(): vscode.Disposable {
    return new vscode.Disposable(() => undefined);
  }
  readDirectory(): [string, vscode.FileType][] {
    return [];
  }
  createDirectory(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }
  delete(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }
  rename(uri: vscode.Uri): void {
    throw vscode.FileSystemError.NoPermissions(uri);
  }
}

/** The path is the file's, as it is shown and tells the language; which text of which conflict is in the authority. */
function uriOf(conflict: Conflict, part: string): vscode.Uri {
  const authority = `${part}.${keyOf(conflict.conflictId)}`;
  return vscode.Uri.from({ scheme: merge_scheme, authority, path: `/${conflict.path}` });
}
/** An authority knows no capitals. */
function keyOf(conflictId: string): string {
  return conflictId.toLowerCase();
}
function idOf(uri: vscode.Uri): string {
  return uri.authority.slice(uri.authority.indexOf(".") + 1).toLowerCase();
}
function partOf(uri: vscode.Uri): string {
  return uri.authority.slice(0, uri.authority.indexOf("."));
}

function printOf({ base, ours, theirs }: MergeTexts): string {
  return createHash("sha256").update([base, ours, theirs].join("\0")).digest("hex");
}

function isOpen(uri: vscode.Uri): boolean {
  return vscode.workspace.textDocuments.some((document) => document.uri.toString() === uri.toString());
}

/** Where the server's diagnostics say that the conflict's hunks are in the text as it is now. */
export function placesOf(conflict: Conflict): Map<number, number> {
  const places = new Map<number, number>();
  for (const diagnostic of vscode.languages.getDiagnostics(vscode.Uri.parse(conflict.uri))) {
    const data = (diagnostic as { data?: { conflictId?: string; hunk?: number } }).data;
    if (diagnostic.source !== "pland" || data?.conflictId !== conflict.conflictId) continue;
    places.set(data.hunk ?? 0, diagnostic.range.start.line);
  }
  return places;
}
