// How often the server may end by itself before we stop starting it again. Pure.

export class CrashCount {
  private readonly times: number[] = [];

  /** Ends longer ago than `window` milliseconds do not count. */
  constructor(private readonly window: number) {}

  /** Whether to start again after the server ended at `now`: for at most `allowed` ends. */
  mayRestart(now: number, allowed: number): boolean {
    this.times.push(now);
    while (this.times[0] !== undefined && this.times[0] < now - this.window) this.times.shift();
    return this.times.length <= allowed;
  }

  get recent(): number {
    return this.times.length;
  }

  /** A person asked for a new start: the count begins anew. */
  clear(): void {
    this.times.length = 0;
  }
}
