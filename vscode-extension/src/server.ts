// The server's life: started, restarted, stopped, and not started for ever when it keeps ending. One for the
// window, however many folders it has.
import * as fs from "node:fs";
import * as os from "node:os";
import * as vscode from "vscode";
import { CloseAction, ErrorAction, RevealOutputChannelOn, State } from "vscode-languageclient";
import type { LanguageClientOptions } from "vscode-languageclient";
import type { PlanChanged, ServerState, Verbs } from "../api/pland";
import { PlandClient } from "./client";
import { CrashCount } from "./crashes";
import { findServer } from "./server_path";
import type { FoundServer } from "./server_path";
import { TraceChannel } from "./trace_channel";

const crash_window = 3 * 60_000;

export class Server implements vscode.Disposable {
  readonly output = vscode.window.createOutputChannel("pland", { log: true });
  private readonly trace = new TraceChannel();
  private readonly states = new vscode.EventEmitter<ServerState>();
  readonly onDidChangeState = this.states.event;
  private readonly changes = new vscode.EventEmitter<PlanChanged>();
  readonly onPlanChanged = this.changes.event;

  private client: PlandClient | undefined;
  private found: FoundServer | undefined;
  private current: ServerState = "stopped";
  private why = "";
  private version_ = "";
  /** Starts and stops follow each other, never overlap. */
  private turn: Promise<unknown> = Promise.resolve();
  private starting: Promise<void> | undefined;
  private readonly crashes: CrashCount;

  constructor(private readonly context: vscode.ExtensionContext) {
    const allowed = vscode.workspace.getConfiguration("pland").get<number>("server.maxRestarts", 4);
    this.crashes = new CrashCount(allowed, crash_window);
  }

  get state(): ServerState {
    return this.current;
  }
  isRunning(): boolean {
    return this.current === "running";
  }
  /** Why it failed; "" otherwise. */
  get problem(): string {
    return this.why;
  }
  get version(): string {
    return this.version_;
  }
  get program(): FoundServer | undefined {
    return this.found;
  }

  /** Resolves when the server runs; rejects with the reason when it does not. */
  start(): Promise<void> {
    if (this.current === "running") return Promise.resolve();
    this.starting ??= this.inTurn(() => this.startNow()).finally(() => {
      this.starting = undefined;
    });
    return this.starting;
  }

  stop(): Promise<void> {
    return this.inTurn(() => this.stopNow());
  }

  restart(): Promise<void> {
    this.crashes.clear();
    return this.inTurn(async () => {
      await this.stopNow();
      await this.startNow();
    });
  }

  async request<V extends keyof Verbs>(
    verb: V,
    params: Verbs[V]["params"],
  ): Promise<Verbs[V]["result"]> {
    await this.start();
    if (this.client === undefined) throw new Error("pland is not running");
    return this.client.sendRequest<Verbs[V]["result"]>(`pland/${verb}`, params);
  }

  /** A uri as the server's, and back. */
  toWire(uri: vscode.Uri): string {
    return this.client?.code2ProtocolConverter.asUri(uri) ?? uri.toString();
  }

  dispose(): void {
    void this.stop().finally(() => {
      this.states.dispose();
      this.changes.dispose();
      this.trace.dispose();
      this.output.dispose();
    });
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.turn.then(work, work);
    this.turn = done.catch(() => undefined);
    return done;
  }

  private set(state: ServerState, why = ""): void {
    if (this.current === state && this.why === why) return;
    this.current = state;
    this.why = why;
    this.states.fire(state);
  }

  private async startNow(): Promise<void> {
    if (this.client?.isRunning() === true) return;
    if (!vscode.workspace.isTrusted) throw this.fail("This workspace is not trusted, so pland starts nothing in it.");
    const settings = vscode.workspace.getConfiguration("pland");
    const found = findServer({
      setting: settings.get<string>("server.path", ""),
      extensionFolder: this.context.extensionPath,
      workspaceFolder: vscode.workspace.workspaceFolders?.[0]?.uri.fsPath,
      home: os.homedir(),
      searchPath: process.env["PATH"] ?? "",
      platform: process.platform,
      isProgram,
    });
    if ("problem" in found) throw this.fail(found.problem);
    this.found = found;
    this.set("starting");
    this.output.info(`starting ${found.program} (${found.from})`);
    this.client?.dispose().catch(() => undefined);
    const client = this.makeClient(found, settings);
    this.client = client;
    try {
      await client.start();
    } catch (error) {
      throw this.fail(`${found.program} did not start: ${message(error)}`);
    }
    this.version_ = client.initializeResult?.serverInfo?.version ?? "";
    this.set("running");
  }

  private async stopNow(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (client !== undefined) {
      await client.dispose(2000).catch((error: unknown) => {
        this.output.warn(`stopping: ${message(error)}`);
      });
    }
    this.set("stopped");
  }

  private fail(why: string): Error {
    this.output.error(why);
    this.set("failed", why);
    return new Error(why);
  }

  private makeClient(found: FoundServer, settings: vscode.WorkspaceConfiguration): PlandClient {
    const options: LanguageClientOptions = {
      // Conflicts are shown on any file, and what is not saved is part of a plan's base.
      documentSelector: [{ scheme: "file" }],
      outputChannel: this.output,
      traceOutputChannel: this.trace,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      diagnosticCollectionName: "pland",
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => this.closed(),
      },
      initializationFailedHandler: () => false,
    };
    const environment = settings.get<Record<string, string>>("server.environment", {});
    const args = ["--stdio", ...settings.get<string[]>("server.arguments", [])];
    const run = { command: found.program, args, options: { env: { ...process.env, ...environment } } };
    const client = new PlandClient("pland", "pland", { run, debug: run }, options);
    client.onNotification("pland/planChanged", (change: PlanChanged) => this.changes.fire(change));
    client.onDidChangeState(({ newState }) => {
      if (this.client !== client) return;
      if (newState === State.Running) this.set("running");
      else if (newState === State.Starting) this.set("starting");
      else if (this.current !== "failed") this.set("stopped");
    });
    return client;
  }

  /** The server ended without being asked to. */
  private closed(): { action: CloseAction; handled: boolean; message: string } {
    if (this.crashes.mayRestart(Date.now())) {
      this.set("starting");
      return { action: CloseAction.Restart, handled: true, message: "pland ended unexpectedly; it is started again" };
    }
    const why = `pland ended ${this.crashes.recent} times in a short while and is not started again.`;
    this.fail(why);
    void vscode.window.showErrorMessage(`${why} No plan is lost by this.`, "Restart", "Show Output").then((choice) => {
      if (choice === "Restart") void vscode.commands.executeCommand("pland.restartServer");
      if (choice === "Show Output") this.output.show();
    });
    return { action: CloseAction.DoNotRestart, handled: true, message: why };
  }
}

function isProgram(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

export function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
