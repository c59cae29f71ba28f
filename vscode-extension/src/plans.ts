// What is known of every plan. Fed by `pland/planChanged`; nothing is asked for on a timer. What a change does not
// say (counts, files, errors) is asked for once after it, at most one question a plan at a time. Checkpoints and
// conflicts are asked for when somebody looks.
import * as vscode from "vscode";
import type { Checkpoint, Conflict, PlanChanged, PlanStatus } from "../api/pland";
import type { Server } from "./server";
import { message } from "./server";
import { isRunning, needOf } from "./words";

/** Between two questions about the same plan. */
const status_interval = 200;

interface Kept<T> {
  /** Of what state of the plan it is. */
  mark: string;
  value: Promise<T>;
}

export class Plans implements vscode.Disposable {
  private readonly known = new Map<string, PlanStatus>();
  private readonly checkpointsOf = new Map<string, Kept<Checkpoint[]>>();
  private readonly conflictsOf = new Map<string, Kept<Conflict[]>>();
  private readonly asking = new Map<string, { again: boolean }>();
  private readonly changed = new vscode.EventEmitter<string | undefined>();
  /** With the id of the plan that changed, or nothing when all may have. */
  readonly onDidChange = this.changed.event;
  private readonly subscriptions: { dispose(): unknown }[];
  private sorted: PlanStatus[] | undefined;
  private loading: Promise<void> | undefined;
  /** Plans of which a change told something, and the rest is being asked for. */
  private readonly partly = new Set<string>();

  constructor(private readonly server: Server) {
    this.subscriptions = [
      server.onPlanChanged((change) => this.take(change)),
      server.onDidChangeState((state) => {
        this.loading = undefined;
        if (state === "running") void this.load();
        else if (state !== "starting") this.clear();
      }),
      this.changed,
    ];
  }

  dispose(): void {
    for (const each of this.subscriptions) each.dispose();
  }

  /** Resolves when the server, started if need be, has told its plans: for a question whose answer is not "none yet". */
  async ready(): Promise<void> {
    await this.server.start();
    await this.load();
  }

  /** Newest first. */
  list(): readonly PlanStatus[] {
    this.sorted ??= [...this.known.values()].sort((a, b) => (a.planId < b.planId ? 1 : -1));
    return this.sorted;
  }
  get(planId: string): PlanStatus | undefined {
    return this.known.get(planId);
  }
  ofSubplan(subplanId: string): PlanStatus | undefined {
    return this.list().find((plan) => plan.subplans.some((subplan) => subplan.subplanId === subplanId));
  }
  /** The newest plan of each file. What else there is was replaced by it. */
  current(): PlanStatus[] {
    const files = new Set<string>();
    return this.list().filter((plan) => {
      const file = plan.uri ?? plan.planId;
      if (files.has(file)) return false;
      files.add(file);
      return true;
    });
  }
  /** All that is known of the plan is of one moment. */
  isWhole(planId: string): boolean {
    return !this.partly.has(planId);
  }
  thatNeedSomeone(): PlanStatus[] {
    return this.current().filter((plan) => needOf(plan) !== undefined);
  }

  /** Oldest first, as the server tells them. */
  checkpoints(planId: string): Promise<Checkpoint[]> {
    const plan = this.known.get(planId);
    // While a plan works it makes checkpoints and drops none: their number says whether there are new ones.
    const mark = plan !== undefined && isRunning(plan) ? "" : `${plan?.revision ?? -1}`;
    return this.kept(this.checkpointsOf, planId, `${mark}/${plan?.checkpoints ?? 0}`, async () => {
      return (await this.server.request("checkpoints", { planId })).checkpoints;
    });
  }
  conflicts(planId: string): Promise<Conflict[]> {
    return this.kept(this.conflictsOf, planId, String(this.known.get(planId)?.revision), async () => {
      return (await this.server.request("conflicts", { planId })).conflicts;
    });
  }
  async conflict(conflictId: string): Promise<Conflict> {
    await this.ready();
    for (const plan of this.list()) {
      if (plan.conflicts.open + plan.conflicts.resolved === 0) continue;
      const found = (await this.conflicts(plan.planId)).find((conflict) => conflict.conflictId === conflictId);
      if (found !== undefined) return found;
    }
    throw new Error("This conflict is no longer there: it was merged again, or its plan is gone.");
  }

  /** Asks for everything anew, once after each start of the server. */
  private load(): Promise<void> {
    this.loading ??= this.askForAll();
    return this.loading;
  }

  private async askForAll(): Promise<void> {
    try {
      const answer = await this.server.request("status", {});
      if (!this.server.isRunning()) return;
      const all = "plans" in answer ? answer.plans : [answer];
      const newest = all.map((plan) => {
        const last = this.known.get(plan.planId);
        return last !== undefined && last.revision > plan.revision ? last : plan;
      });
      this.known.clear();
      for (const plan of newest) this.known.set(plan.planId, plan);
    } catch (error) {
      this.loading = undefined;
      if (!this.server.isRunning()) return;
      this.server.output.warn(`asking for the plans: ${message(error)}`);
    }
    this.fire(undefined);
  }

  /** After an answer of the server's that says more than the change that follows it. */
  refresh(planId: string): void {
    void this.ask(planId);
  }

  private kept<T>(all: Map<string, Kept<T>>, planId: string, mark: string, ask: () => Promise<T>): Promise<T> {
    const last = all.get(planId);
    if (last?.mark === mark) return last.value;
    const kept = { mark, value: ask() };
    all.set(planId, kept);
    // A refusal is no answer to keep.
    kept.value.catch(() => {
      if (all.get(planId) === kept) all.delete(planId);
    });
    return kept.value;
  }

  private take(change: PlanChanged): void {
    const plan = this.known.get(change.planId);
    if (plan !== undefined && change.revision >= plan.revision) {
      const before = new Map(plan.subplans.map((subplan) => [subplan.subplanId, subplan]));
      this.known.set(change.planId, {
        ...plan,
        revision: change.revision,
        phase: change.phase,
        state: change.state,
        subplans: change.children.map((child) => {
          const last = before.get(child.subplanId);
          const same = last?.state === child.state && last.attempt === child.attempt;
          return same ? last : { ...child, filesChanged: last?.filesChanged ?? [] };
        }),
      });
      this.partly.add(change.planId);
      this.fire(change.planId);
    }
    void this.ask(change.planId);
  }

  private async ask(planId: string): Promise<void> {
    // A question would start a server that was stopped.
    if (!this.server.isRunning()) return;
    const running = this.asking.get(planId);
    if (running !== undefined) {
      running.again = true;
      return;
    }
    const turn = { again: false };
    this.asking.set(planId, turn);
    try {
      do {
        turn.again = false;
        const answer = await this.server.request("status", { planId });
        if (!this.server.isRunning()) return;
        if (!("plans" in answer)) this.known.set(planId, answer);
        if (!again(turn)) this.partly.delete(planId);
        this.fire(planId);
        await new Promise((resolve) => setTimeout(resolve, status_interval));
      } while (again(turn) && this.server.isRunning());
    } catch (error) {
      this.server.output.debug(`asking for plan ${planId}: ${message(error)}`);
      if (isGone(error) && this.known.delete(planId)) this.fire(planId);
    } finally {
      this.asking.delete(planId);
    }
  }

  private clear(): void {
    this.known.clear();
    this.partly.clear();
    this.checkpointsOf.clear();
    this.conflictsOf.clear();
    this.fire(undefined);
  }

  private fire(planId: string | undefined): void {
    this.sorted = undefined;
    this.changed.fire(planId);
  }
}

function isGone(error: unknown): boolean {
  return (error as { data?: { code?: string } }).data?.code === "not_found";
}

/** A change came while the question stood. */
function again(turn: { again: boolean }): boolean {
  return turn.again;
}
