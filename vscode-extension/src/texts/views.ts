// Read-only documents: the sides of a diff, an output that is in no file, what a rollback would do. A document's uri
// says how to make it again, so that an editor that is restored with the window has its text.
import * as vscode from "vscode";
import type { Diff, PlanEvent } from "../../api/pland";
import type { Plans } from "../plans";
import { projectFolder, textNow } from "../plan_files";
import type { Server } from "../server";
import { message } from "../server";
import { count, isRunning, shortName } from "../words";
import { decisionsText, failuresText } from "./history";
import { parsePatch, sidesOf } from "./patch";
import type { FilePatch } from "./patch";

export const view_scheme = "pland-view";

const most_events_at_once = 10_000;

type View =
  | { what: "side"; of: "plan" | "subplan"; id: string; path: string; side: "before" | "after" }
  | { what: "log"; id: string; attempt?: number }
  | { what: "rollback"; planId: string; id: string }
  | { what: "decisions" | "failures" | "events"; id: string; name: string; superseded?: boolean };

export interface ChangedFile {
  path: string;
  before: vscode.Uri;
  after: vscode.Uri;
  real: vscode.Uri | undefined;
  change: Diff["files"][number]["change"];
  binary: boolean;
}

export class Views implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly diffs = new Map<string, { revision: number; diff: Promise<Diff> }>();
  /** Of what revision of its plan a history is. */
  private readonly histories = new Map<string, number>();
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly subscriptions: { dispose(): unknown }[];

  constructor(
    private readonly server: Server,
    private readonly plans: Plans,
  ) {
    this.subscriptions = [
      vscode.workspace.registerTextDocumentContentProvider(view_scheme, this),
      plans.onDidChange((planId) => this.look(planId)),
      this.changed,
    ];
  }

  dispose(): void {
    for (const each of this.subscriptions) each.dispose();
  }

  /** What is on the screen follows the plan, but not each step of a plan at work. */
  private look(planId: string | undefined): void {
    const plan = planId === undefined ? undefined : this.plans.get(planId);
    if (plan === undefined || isRunning(plan) || !this.plans.isWhole(plan.planId)) return;
    for (const { uri } of vscode.workspace.textDocuments) {
      if (uri.scheme !== view_scheme) continue;
      const view = JSON.parse(uri.query) as View;
      if ("name" in view && view.id === plan.planId && this.histories.get(uri.toString()) !== plan.revision) {
        this.changed.fire(uri);
      }
      if (view.what !== "side") continue;
      const of = view.of === "plan" ? view.id : this.plans.ofSubplan(view.id)?.planId;
      // One that was rolled back has no changes any more: those that are on the screen are better than a refusal.
      const subplan = plan.subplans.find((each) => each.subplanId === view.id);
      if (subplan?.filesChanged.length === 0) continue;
      const shown = this.diffs.get(view.id)?.revision;
      if (of === plan.planId && shown !== plan.revision) this.changed.fire(uri);
    }
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const view = JSON.parse(uri.query) as View;
    try {
      switch (view.what) {
        case "side":
          return await this.side(view);
        case "log": {
          const wanted = view.attempt === undefined ? {} : { attempt: view.attempt };
          return (await this.server.request("log", { subplanId: view.id, ...wanted })).text;
        }
        case "rollback":
          return await this.rollback(view.planId, view.id);
        case "decisions":
        case "failures":
        case "events":
          this.histories.set(uri.toString(), this.plans.get(view.id)?.revision ?? -1);
          return await this.textOfHistory(view);
      }
    } catch (error) {
      return `pland: ${message(error)}\n`;
    }
  }

  log(subplanId: string, name: string): vscode.Uri {
    return uriOf(`${name}.log`, { what: "log", id: subplanId });
  }
  rollbackPreview(planId: string, checkpointId: string, label: string): vscode.Uri {
    return uriOf(`Roll back to ${label.replace(/\//g, "-")}.txt`, { what: "rollback", planId, id: checkpointId });
  }

  history(what: "decisions" | "failures" | "events", id: string, name: string, superseded?: boolean): vscode.Uri {
    const more = superseded === true ? { superseded } : {};
    const file = what === "events" ? `events of ${shortName(name)}.json` : `${what} of ${shortName(name)}.txt`;
    return uriOf(file, { what, id, name, ...more });
  }

  /** The files that a plan or a subplan changed, each with its two sides. */
  async changes(of: "plan" | "subplan", id: string): Promise<ChangedFile[]> {
    const diff = await this.diff(of, id);
    const patches = parsePatch(diff.patch);
    const root = await this.root(of, id);
    return diff.files.map((file) => ({
      path: file.path,
      before: uriOf(file.path, { what: "side", of, id, path: file.path, side: "before" }),
      after: uriOf(file.path, { what: "side", of, id, path: file.path, side: "after" }),
      real: root === undefined ? undefined : vscode.Uri.joinPath(root, file.path),
      change: file.change,
      binary: patchOf(patches, file.path)?.binary === true,
    }));
  }

  private diff(of: "plan" | "subplan", id: string): Promise<Diff> {
    const plan = of === "plan" ? this.plans.get(id) : this.plans.ofSubplan(id);
    const revision = plan?.revision ?? -1;
    const last = this.diffs.get(id);
    if (last?.revision === revision) return last.diff;
    const diff = this.server.request("diff", of === "plan" ? { planId: id } : { subplanId: id });
    this.diffs.set(id, { revision, diff });
    // A refusal is no answer to keep.
    diff.catch(() => {
      if (this.diffs.get(id)?.diff === diff) this.diffs.delete(id);
    });
    if (this.diffs.size > 20) this.diffs.delete(this.diffs.keys().next().value ?? "");
    return diff;
  }

  private async root(of: "plan" | "subplan", id: string): Promise<vscode.Uri | undefined> {
    const plan = of === "plan" ? this.plans.get(id) : this.plans.ofSubplan(id);
    if (plan?.uri !== undefined) return projectFolder(vscode.Uri.parse(plan.uri));
    return vscode.workspace.workspaceFolders?.[0]?.uri;
  }

  private async side(view: Extract<View, { what: "side" }>): Promise<string> {
    const patch = patchOf(parsePatch((await this.diff(view.of, view.id)).patch), view.path);
    if (patch === undefined) return "";
    if (patch.binary) return "(not text)\n";
    const root = await this.root(view.of, view.id);
    const now = root === undefined ? undefined : await textNow(vscode.Uri.joinPath(root, patch.oldPath));
    return sidesOf(patch, now)[view.side];
  }

  private async textOfHistory({ what, id, name, superseded }: Extract<View, { name: string }>): Promise<string> {
    switch (what) {
      case "decisions":
        return decisionsText(name, await this.server.request("tree", { planId: id, showSuperseded: superseded === true }));
      case "failures": {
        const clock = (moment: number): string => new Date(moment).toLocaleString();
        return failuresText(name, await this.server.request("errors", { planId: id }), clock);
      }
      case "events": {
        const events: PlanEvent[] = [];
        for (let after = 0, more = true; more; ) {
          const answer = await this.server.request("events", { planId: id, after, limit: most_events_at_once });
          events.push(...answer.events);
          ({ next: after, more } = answer);
        }
        return `${JSON.stringify(events, null, 2)}\n`;
      }
    }
  }

  private async rollback(planId: string, checkpointId: string): Promise<string> {
    const { data } = await this.server.request("rollback", { planId, checkpointId, dryRun: true });
    const files = data.changes_reverted.map((change) => `  ${change.action.padEnd(10)}${change.file}`);
    return [
      `Rolling back to '${data.rollback_summary.label}' would change ${count(files.length, "file")} of the plan's result.`,
      "Your own files stay as they are.",
      "",
      ...files,
      "",
      `Subplans that lose their result: ${data.impact.child_plans_invalidated}`,
      `Decisions after the checkpoint:  ${data.impact.decisions_after_cp}`,
      `Tool calls after the checkpoint: ${data.impact.tool_calls_after_cp}`,
      "",
    ].join("\n");
  }
}

function patchOf(patches: FilePatch[], path: string): FilePatch | undefined {
  return patches.find((patch) => patch.newPath === path) ?? patches.find((patch) => patch.oldPath === path);
}

function uriOf(path: string, view: View): vscode.Uri {
  return vscode.Uri.from({ scheme: view_scheme, path: `/${path}`, query: JSON.stringify(view) });
}
