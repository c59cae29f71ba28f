// What other extensions may use of pland, and the shapes that it answers with.
//
//   const pland = vscode.extensions.getExtension<PlandApi>("pland.pland");
//   const api = await pland?.activate();
//   const { plans } = await api.request("status", {});
//
// The verbs and their fields are those of server/README.md. Fields may be added; none changes its meaning while
// `version` stays the same.
import type { Disposable, Event, Uri } from "vscode";

export type Phase = "action" | "strategize" | "execute" | "apply";
export type ProcessingState =
  | "queued"
  | "processing"
  | "complete"
  | "errored"
  | "cancelled"
  | "applied"
  | "constrained";

export interface SubplanStatus {
  subplanId: string;
  name: string;
  state: ProcessingState;
  attempt: number;
  filesChanged: string[];
  exitCode?: number;
  failure?: string;
  error?: string;
}

export interface PlanStatus {
  planId: string;
  name: string;
  /** Of the plan file it came from. */
  uri?: string;
  /** Of a plan that a subplan of another one is: its own id is the subplan's. */
  parentPlanId?: string;
  phase: Phase;
  state: ProcessingState;
  revision: number;
  error?: string;
  /** What the plan may do by itself, and who said so. */
  profile?: { name: string; source: "plan" | "action" | "project" | "global" | "fallback" };
  /** How often it went back to strategize. */
  reversionCount?: number;
  /** The place of the subplan that completed last, from 0, or -1. */
  lastCompletedStep?: number;
  subplans: SubplanStatus[];
  conflicts: { open: number; resolved: number };
  /** How many there are. */
  checkpoints: number;
}

export interface PlanChanged {
  planId: string;
  revision: number;
  phase: Phase;
  state: ProcessingState;
  parentPlanId?: string;
  children: { subplanId: string; name: string; state: ProcessingState; attempt: number }[];
}

export interface Spawned {
  planId: string;
  operationId: string;
  children: { subplanId: string; name: string; state: ProcessingState }[];
}

export interface PlanState {
  planId: string;
  phase: Phase;
  state: ProcessingState;
  subplan?: SubplanStatus;
}

export interface Resumed extends PlanState {
  lastCompletedStep: number;
  lastCheckpointId?: string;
  decisionId?: string;
  /** Names of subplans. */
  done: string[];
  remaining: string[];
  dryRun: boolean;
}

export interface Reverted extends PlanState {
  reversionCount: number;
}

export interface Decision {
  decisionId: string;
  type: string;
  question: string;
  description: string;
  /** Milliseconds since 1970. */
  createdAt: number;
  children: Decision[];
  confidence?: number;
  rationale?: string;
  alternatives?: string[];
  superseded?: boolean;
  supersededBy?: string;
  /** Of the plan that this decision made. */
  planId?: string;
}

export interface DecisionTree {
  planId: string;
  tree: Decision;
  summary: { nodes: number; depth: number; childPlans: number; invariants: number; superseded: number };
  childPlans: { planId: string; name: string; phase: Phase; state: ProcessingState }[];
  decisionIds: { root: string; all: string[] };
}

export interface Failure {
  decisionId: string;
  subplanId: string;
  name: string;
  /** Milliseconds since 1970. */
  createdAt: number;
  category: "transient" | "permanent" | "resource" | "merge_conflict" | "validation" | "timeout" | "unknown";
  action: "retry" | "repair" | "surface";
  retryCount: number;
  maxRetries: number;
  isRetriable: boolean;
  message: string;
  hint: string;
  /** For a terminal, as it is. */
  command: string;
}

export interface Failures {
  planId: string;
  phase: Phase;
  state: ProcessingState;
  error?: string;
  errorDetails: Record<string, unknown>;
  errors: Failure[];
  attempts: {
    subplanId: string;
    attempt: number;
    state: ProcessingState;
    startedAt: number;
    completedAt?: number;
    exitCode?: number;
    signal?: number;
    error?: string;
    wasRetried: boolean;
  }[];
  conflictFiles: string[];
  patterns: { pattern: string; frequency: number; lastSeen: number; preventiveChecks: string[] }[];
}

export interface PlanEvent {
  sequence: number;
  /** Milliseconds since 1970. */
  createdAt: number;
  type: string;
  planId: string;
  subplanId?: string;
  payload: Record<string, unknown>;
}

export interface Events {
  events: PlanEvent[];
  /** The cursor for the next call. */
  next: number;
  more: boolean;
}

export interface Checkpoint {
  checkpointId: string;
  planId: string;
  subplanId?: string;
  label: string;
  trigger: string;
  /** ISO 8601. */
  createdAt: string;
  files: number;
  leftOut: { path: string; why: string }[];
}

export type ConflictKind = "content" | "creation" | "deletion" | "rename" | "mode" | "binary" | "row";
export type Resolution = "ours" | "theirs" | "both" | "base" | "manual";

export interface ConflictSide {
  /** Lines from 0. */
  lines: { start: number; count: number };
  text: string;
}

export interface ConflictHunk {
  base: ConflictSide;
  ours: ConflictSide;
  theirs: ConflictSide;
  state: "open" | "resolved";
  resolution?: Resolution;
}

export interface Conflict {
  conflictId: string;
  planId: string;
  subplanId?: string;
  /** The user's file. */
  uri: string;
  path: string;
  kind: ConflictKind;
  state: "open" | "resolved";
  /** Who wrote the side that was merged first. */
  ours: string;
  /** Who wrote the other side. */
  theirs: string;
  detail?: string;
  resolution?: Resolution;
  resolvedBy?: string;
  resolvedAt?: string;
  hunks: ConflictHunk[];
}

export interface FileAction {
  file: string;
  action: string;
}

export interface RolledBack {
  status: string;
  messages: string[];
  data: {
    rollback_summary: { plan: string; checkpoint: string; label: string; files_reverted: number };
    changes_reverted: FileAction[];
    impact: {
      child_plans_invalidated: number;
      sandbox: string;
      decisions_after_cp: string;
      tool_calls_after_cp: string;
    };
    post_rollback_state: { phase: Phase; state: string; checkpoints_remaining: number };
  };
}

export interface Diff {
  planId?: string;
  subplanId?: string;
  files: { path: string; change: "created" | "modified" | "deleted" }[];
  /** Unified. */
  patch: string;
}

export interface Log {
  subplanId: string;
  attempt: number;
  text: string;
  path?: string;
}

export interface Applied {
  operationId?: string;
  files: FileAction[];
  /** Subplans whose work is not part of the result. */
  notIncluded: string[];
}

export interface Undone {
  operationId: string;
  undone: string;
  description: string;
  files: FileAction[];
}

/** Names a plan: by its id, the id of one of its subplans, or its plan file. */
export interface Target {
  planId?: string;
  subplanId?: string;
  uri?: string;
}

export interface DoctorCheck {
  name: string;
  state: "good" | "warning" | "error";
  text: string;
  remedy?: string;
}

export interface Doctor {
  version: string;
  machine: DoctorCheck[];
  projects: {
    folder: string;
    stateDirectory: string;
    bytes: { total: number; store: number; repository: number; sandboxes: number; other: number };
    checks: DoctorCheck[];
  }[];
}

/** Each verb: what it takes and what it answers. */
export interface Verbs {
  use: { params: { uri?: string; replace?: boolean }; result: Spawned };
  spawn: { params: { uri?: string; planId?: string; replace?: boolean }; result: Spawned };
  execute: { params: Target; result: PlanState };
  resume: { params: Target & { dryRun?: boolean }; result: Resumed };
  revert: { params: Target & { toPhase?: "strategize"; reason?: string }; result: Reverted };
  tree: { params: Target & { showSuperseded?: boolean }; result: DecisionTree };
  errors: { params: Target; result: Failures };
  events: { params: Target & { after?: number; limit?: number }; result: Events };
  status: { params: Target; result: { plans: PlanStatus[] } | PlanStatus };
  cancel: { params: Target; result: PlanState };
  retry: { params: Target; result: PlanState };
  checkpoint: { params: Target & { label?: string }; result: Checkpoint };
  checkpoints: { params: Target; result: { checkpoints: Checkpoint[] } };
  rollback: {
    params: { planId: string; checkpointId: string; dryRun?: boolean; confirmed?: boolean };
    result: RolledBack;
  };
  conflicts: { params: Target; result: { conflicts: Conflict[] } };
  resolve: {
    params: { conflictId: string; resolution: Resolution; hunk?: number; content?: string };
    result: Conflict & { open: number };
  };
  diff: { params: Target & { show?: boolean }; result: Diff };
  log: { params: { subplanId: string; attempt?: number; show?: boolean }; result: Log };
  apply: { params: Target & { dryRun?: boolean; paths?: string[] }; result: Applied };
  undo: { params: Target & { operationId?: string }; result: Undone };
  doctor: { params: { uri?: string }; result: Doctor };
}

export type ServerState = "stopped" | "starting" | "running" | "failed";

export interface PlandApi {
  readonly version: 1;
  readonly serverState: ServerState;
  readonly onDidChangeServerState: Event<ServerState>;
  /** What is known of every plan, newest first. */
  readonly plans: readonly PlanStatus[];
  /** Fires with the plan's id when something about it changed, and without one when all of it may have. */
  readonly onDidChangePlans: Event<string | undefined>;
  /**
   * Sends a verb, starting the server if need be. Rejects with the server's sentence when it refuses. It asks no
   * person anything: `spawn` runs what the plan file says, so ask before you call it.
   */
  request<V extends keyof Verbs>(verb: V, params: Verbs[V]["params"]): Promise<Verbs[V]["result"]>;
  /** Opens a conflict in the three-way merge editor. */
  openConflict(conflictId: string): Promise<void>;
  /** Registers to hear of plans that wait for a person: once for each time a plan comes to that. */
  onDidNeedPerson(listener: (plan: PlanStatus, file: Uri | undefined) => void): Disposable;
}
