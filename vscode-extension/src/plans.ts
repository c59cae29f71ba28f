// What is known of every plan. Fed by `pland/planChanged`; nothing is asked for on a timer. What a change does not
// say (counts, files, errors) is asked for once after it, at most one question a plan at a time. Checkpoints and
// conflicts are asked for when somebody looks, and so are plans below plans: which subplans are plans too, and what
// those do.
import * as vscode from "vscode";
import type { Checkpoint, Conflict, Decision, PlanChanged, PlanStatus } from "../api/pland";
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
  /** Subplans that have subplans of their own. */
  private readonly parents = new Set<string>();
  /** Plans that were asked which of their subplans have. */
  private readonly structured = new Map<string, Promise<void>>();

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

  /** Newest first, without those that are a subplan of another. */
  list(): readonly PlanStatus[] {
    this.sorted ??= [...this.known.values()]
      .filter((plan) => plan.parentPlanId === undefined)
      .sort((a, b) => (a.planId < b.planId ? 1 : -1));
    return this.sorted;
  }
  get(planId: string): PlanStatus | undefined {
    return this.known.get(planId);
  }
  ofSubplan(subplanId: string): PlanStatus | undefined {
    return [...this.known.values()].find((plan) => plan.subplans.some((subplan) => subplan.subplanId === subplanId));
  }
  /** The plan that a person started, of one that may be below it. */
  rootOf(plan: PlanStatus): PlanStatus {
    const parent = plan.parentPlanId === undefined ? undefined : this.known.get(plan.parentPlanId);
    return parent === undefined ? plan : this.rootOf(parent);
  }
  /** The current plans, and what is known of those below them. */
  family(): PlanStatus[] {
    const roots = new Set(this.current().map((plan) => plan.planId));
    return [...this.known.values()]
      .filter((plan) => roots.has(this.rootOf(plan).planId))
      .sort((a, b) => (a.planId < b.planId ? 1 : -1));
  }
  isParent(subplanId: string): boolean {
    return this.parents.has(subplanId);
  }
  /** The plan that a subplan is. */
  async child(subplanId: string): Promise<PlanStatus | undefined> {
    const known = this.known.get(subplanId);
    if (known !== undefined) return known;
    const answer = await this.server.request("status", { planId: subplanId });
    if ("plans" in answer || answer.planId !== subplanId) return undefined;
    this.known.set(subplanId, answer);
    return answer;
  }
  /** Finds out, once, which subplans of a plan are plans too; fires when there are any. */
  lookBelow(planId: string): void {
    if (this.structured.has(planId) || !this.server.isRunning()) return;
    const look = async (): Promise<void> => {
      try {
        const found = parentsIn((await this.server.request("tree", { planId })).tree);
        const before = this.parents.size;
        for (const id of found) this.parents.add(id);
        if (this.parents.size > before) this.fire(planId);
      } catch (error) {
        this.structured.delete(planId);
        this.server.output.debug(`asking what is below plan ${planId}: ${message(error)}`);
      }
    };
    this.structured.set(planId, look());
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
    for (const plan of this.known.values()) {
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
      for (const plan of newest) {
        this.known.set(plan.planId, plan);
        this.askBelow(plan);
      }
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

  /** What a child's conflicts are is told by the child alone, and they are what the person is needed for. */
  private askBelow(plan: PlanStatus): void {
    for (const { subplanId, failure } of plan.subplans) {
      if (failure === "conflict" && !this.known.has(subplanId)) void this.ask(subplanId);
    }
  }

  private take(change: PlanChanged): void {
    const plan = this.known.get(change.planId);
    if (change.parentPlanId !== undefined && plan === undefined) {
      // Nobody has looked at it yet.
      if (this.parents.has(change.planId)) return;
      this.parents.add(change.planId);
      this.fire(change.parentPlanId);
      return;
    }
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
        // A subplan that is no plan is answered for by its plan.
        if (!("plans" in answer) && answer.planId === planId) {
          this.known.set(planId, answer);
          if (answer.parentPlanId !== undefined) this.parents.add(planId);
          this.askBelow(answer);
        }
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
    this.parents.clear();
    this.structured.clear();
    this.checkpointsOf.clear();
    this.conflictsOf.clear();
    this.fire(undefined);
  }

  private fire(planId: string | undefined): void {
    this.sorted = undefined;
    this.changed.fire(planId);
  }
}

/** The plans that a tree of decisions made, as far as they have subplans themselves. */
function parentsIn(tree: Decision): string[] {
  const below = tree.children.flatMap(parentsIn);
  const isParent = tree.planId !== undefined && tree.children.some(({ children }) => children.some(isSpawn));
  return isParent && tree.planId !== undefined ? [tree.planId, ...below] : below;
}
function isSpawn({ type }: Decision): boolean {
  return type === "subplan_spawn" || type === "subplan_parallel_spawn";
}

function isGone(error: unknown): boolean {
  return (error as { data?: { code?: string } }).data?.code === "not_found";
}

/** A change came while the question stood. */
function again(turn: { again: boolean }): boolean {
  return turn.again;
}
