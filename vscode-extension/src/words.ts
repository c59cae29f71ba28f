// How plans read to a person. Pure; the same sentences in trees, status and notifications.
import type { Checkpoint, Conflict, PlanStatus, ProcessingState, SubplanStatus } from "../api/pland";

export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

export function list(items: readonly string[]): string {
  if (items.length <= 1) return items[0] ?? "";
  return `${items.slice(0, -1).join(", ")} and ${items[items.length - 1] ?? ""}`;
}

/** "512 B", "1.5 MiB": bytes in powers of 1024. */
export function size(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (bytes >= 1024 && unit < units.length - 1) {
    bytes /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? bytes : bytes.toFixed(1)} ${units[unit] ?? ""}`;
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** "just now", "42 min ago", "3 h ago", "2 d ago". */
export function age(then: number, now: number): string {
  const passed = now - then;
  if (!(passed >= minute)) return "just now";
  if (passed < hour) return `${Math.floor(passed / minute)} min ago`;
  if (passed < day) return `${Math.floor(passed / hour)} h ago`;
  return `${Math.floor(passed / day)} d ago`;
}

/** It waits for someone to continue it: after a rollback, or between `use` and `spawn`. */
export function awaitsInput(plan: PlanStatus): boolean {
  if (plan.phase === "strategize") return plan.state === "complete" || plan.state === "queued";
  return plan.state === "queued" && plan.checkpoints > 0;
}

/** It was at work when the window was closed or reloaded, and was stopped by that, not by a person's wish. */
export function wasClosed(plan: PlanStatus): boolean {
  return plan.state === "cancelled" && plan.error === "pland was closed";
}

export function isRunning(plan: PlanStatus): boolean {
  if (plan.phase === "strategize") return plan.state === "processing";
  return plan.state === "processing" || (plan.state === "queued" && !awaitsInput(plan));
}

export function canApply(plan: PlanStatus): boolean {
  return (
    (plan.phase === "execute" || plan.state === "constrained") &&
    !isRunning(plan) &&
    !awaitsInput(plan) &&
    plan.conflicts.open === 0 &&
    plan.subplans.some((subplan) => subplan.state === "complete")
  );
}

/** How often a plan may go back to strategize. */
const most_reversions = 3;

export function canRevert(plan: PlanStatus): boolean {
  if (isRunning(plan) || plan.state === "applied" || (plan.reversionCount ?? 0) >= most_reversions) return false;
  if (plan.phase === "strategize") return plan.state === "errored";
  return plan.phase === "execute" || plan.state === "constrained";
}

export function profileText({ name, source }: NonNullable<PlanStatus["profile"]>): string {
  const from = { plan: "the plan file", action: "the action", project: "the project", global: "this machine's settings" };
  return `Profile ${name}, ${source === "fallback" ? "as nothing names another" : `from ${from[source]}`}`;
}

export function inState(plan: PlanStatus, state: ProcessingState): number {
  return plan.subplans.filter((subplan) => subplan.state === state).length;
}

/** What a plan wants of a person, most urgent first; nothing while it works or when it is done with. */
export type Need = "conflicts" | "failures" | "continue" | "apply";

export function needOf(plan: PlanStatus): Need | undefined {
  if (wasClosed(plan)) return "continue";
  if (isRunning(plan) || plan.state === "applied" || plan.state === "cancelled") return undefined;
  // Applying it says which invariant does not hold.
  if (plan.state === "constrained") return undefined;
  if (plan.conflicts.open > 0) return "conflicts";
  if (plan.phase === "strategize" || awaitsInput(plan)) return "continue";
  if (inState(plan, "errored") > 0) return "failures";
  return canApply(plan) ? "apply" : undefined;
}

export function planText(plan: PlanStatus): string {
  if (plan.state === "applied") return "applied";
  if (plan.phase === "strategize" && !isRunning(plan)) return "not started";
  const total = plan.subplans.length;
  const parts = [`${inState(plan, "complete")}/${total} done`];
  const failed = inState(plan, "errored");
  const running = inState(plan, "processing");
  if (plan.state === "cancelled") parts.unshift(wasClosed(plan) ? "stopped" : "cancelled");
  if (plan.state === "constrained") parts.unshift("an invariant does not hold");
  if (awaitsInput(plan)) parts.unshift("waits for you");
  if (running > 0) parts.push(`${running} running`);
  if (failed > 0) parts.push(`${failed} failed`);
  if (plan.conflicts.open > 0) parts.push(count(plan.conflicts.open, "conflict"));
  return parts.join(", ");
}

export function subplanText(subplan: SubplanStatus): string {
  const again = subplan.attempt > 1 ? `, attempt ${subplan.attempt}` : "";
  switch (subplan.state) {
    case "queued":
      return "queued";
    case "processing":
      return `running${again}`;
    case "complete":
      return `done${again}${subplan.filesChanged.length > 0 ? `, ${count(subplan.filesChanged.length, "file")}` : ""}`;
    case "errored":
      return `failed${again}${subplan.exitCode !== undefined ? `, exit code ${subplan.exitCode}` : ""}`;
    default:
      return `${subplan.state}${again}`;
  }
}

export function conflictText(conflict: Conflict): string {
  const sides = `${conflict.ours} and ${conflict.theirs}`;
  switch (conflict.kind) {
    case "content":
      return sides;
    case "creation":
      return `${sides}, both created it`;
    case "deletion":
      return `${sides}, one deleted it`;
    case "rename":
      return `${sides}, renamed`;
    case "mode":
      return `${sides}, kind or permissions`;
    case "binary":
      return `${sides}, not text`;
    case "row":
      return `${sides}, cells of a database`;
  }
}

export function checkpointText(checkpoint: Checkpoint, now: number): string {
  const parts = [age(Date.parse(checkpoint.createdAt), now), count(checkpoint.files, "file")];
  if (checkpoint.leftOut.length > 0) parts.push(`${checkpoint.leftOut.length} left out`);
  return parts.join(", ");
}

/** "local/retire-logger" is "retire-logger" where space is short. */
export function shortName(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}
