// The server's life: started, restarted, stopped, and not started for ever when it keeps ending. One for the
// window, however many folders it has.
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as vscode from "vscode";
import { CloseAction, ErrorAction, RevealOutputChannelOn } from "vscode-languageclient";
import type { LanguageClientOptions } from "vscode-languageclient";
import type { PlanChanged, ServerState, Verbs } from "../api/pland";
import { PlandClient } from "./client";
import { CrashCount } from "./crashes";
import { setting } from "./settings";
import { findServer } from "./server_path";
import type { FoundServer } from "./server_path";
import { TraceChannel } from "./trace_channel";

const crash_window = 3 * 60_000;
/** How long a server may take to end before it is ended. */
const patience = 2000;

export class Server implements vscode.Disposable {
  readonly output = vscode.window.createOutputChannel("pland", { log: true });
  private readonly trace = new TraceChannel();
  private readonly states = new vscode.EventEmitter<ServerState>();
  readonly onDidChangeState = this.states.event;
  private readonly changes = new vscode.EventEmitter<PlanChanged>();
  readonly onPlanChanged = this.changes.event;

  private client: PlandClient | undefined;
  private process: ChildProcess | undefined;
  private found: FoundServer | undefined;
  private current: ServerState = "stopped";
  private why = "";
  private version_ = "";
  /** Starts and stops follow each other, never overlap. */
  private turn: Promise<unknown> = Promise.resolve();
  private starting: Promise<void> | undefined;
  /** Somebody wants it to end while it still starts. */
  private unwanted = false;
  private readonly crashes = new CrashCount(crash_window);

  constructor(private readonly context: vscode.ExtensionContext) {}

  get state(): ServerState {
    return this.current;
  }
  isRunning(): boolean {
    return this.current === "running" && this.client !== undefined;
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
    this.giveUpStarting();
    return this.inTurn(() => this.stopNow());
  }

  restart(): Promise<void> {
    this.crashes.clear();
    this.giveUpStarting();
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
    const found = findServer({
      setting: setting("server.path"),
      extensionFolder: this.context.extensionPath,
      workspaceFolder: vscode.workspace.workspaceFolders?.[0]?.uri.fsPath,
      home: os.homedir(),
      searchPath: process.env["PATH"] ?? "",
      platform: process.platform,
      isProgram,
    });
    if ("problem" in found) throw this.fail(found.problem);
    this.found = found;
    this.unwanted = false;
    this.set("starting");
    this.output.info(`starting ${found.program} (${found.from})`);
    const client = this.makeClient(found);
    try {
      await client.start();
    } catch (error) {
      const ended = this.process;
      if (ended !== undefined && !(await endsSoon(ended))) ended.kill("SIGKILL");
      if (this.isUnwanted()) throw new vscode.CancellationError();
      throw this.fail(`${found.program} ${howItEnded(ended) ?? `did not start: ${message(error)}`}.`);
    }
    if (!client.isRunning()) throw this.fail(`${found.program} ended as soon as it had started.`);
    this.client = client;
    this.version_ = client.initializeResult?.serverInfo?.version ?? "";
    this.set("running");
  }

  private async stopNow(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (client !== undefined) {
      await client.dispose(patience).catch((error: unknown) => {
        this.output.warn(`stopping: ${message(error)}`);
      });
    }
    await this.processEnded();
    this.set("stopped");
  }

  /** A program that does not answer would be waited for for ever. */
  private giveUpStarting(): void {
    if (this.current !== "starting") return;
    this.unwanted = true;
    this.process?.kill("SIGKILL");
  }

  private isUnwanted(): boolean {
    return this.unwanted;
  }

  private async processEnded(): Promise<void> {
    const server = this.process;
    this.process = undefined;
    if (server === undefined || hasEnded(server)) return;
    await new Promise<void>((resolve) => {
      const late = setTimeout(() => server.kill("SIGKILL"), patience);
      server.once("exit", () => {
        clearTimeout(late);
        resolve();
      });
    });
  }

  private fail(why: string): Error {
    this.output.error(why);
    this.set("failed", why);
    return new Error(why);
  }

  private makeClient(found: FoundServer): PlandClient {
    const options: LanguageClientOptions = {
      // Conflicts are shown on any file, and what is not saved is part of a plan's base.
      documentSelector: [{ scheme: "file" }],
      outputChannel: this.output,
      traceOutputChannel: this.trace,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      diagnosticCollectionName: "pland",
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => {
          this.closed(client);
          return { action: CloseAction.DoNotRestart, handled: true, message: "pland ended" };
        },
      },
      initializationFailedHandler: () => false,
    };
    const client: PlandClient = new PlandClient("pland", "pland", () => this.launch(found), options);
    client.onNotification("pland/planChanged", (change: PlanChanged) => this.changes.fire(change));
    return client;
  }

  private launch(found: FoundServer): Promise<ChildProcess> {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
    const server = spawn(found.program, ["--stdio", ...setting("server.arguments")], {
      cwd: folder !== undefined && fs.existsSync(folder) ? folder : os.homedir(),
      env: { ...process.env, ...setting("server.environment") },
    });
    this.process = server;
    return new Promise((resolve, reject) => {
      server.once("spawn", () => resolve(server));
      server.once("error", reject);
    });
  }

  /** The server ended. While it starts, or when it was asked to, those who wait for that are told anyway. */
  private closed(client: PlandClient): void {
    if (this.client !== client) return;
    this.client = undefined;
    if (this.crashes.mayRestart(Date.now(), setting("server.maxRestarts"))) {
      this.output.warn("pland ended unexpectedly; it is started again");
      this.set("starting");
      this.start().catch((error: unknown) => this.tellNotStarted(error));
      return;
    }
    const why = `pland ended ${this.crashes.recent} times in a short while and is not started again.`;
    this.fail(why);
    this.tell(`${why} No plan is lost by this.`);
  }

  private tell(why: string): void {
    const ways: Record<string, string> = {
      Restart: "pland.restartServer",
      "Show Output": "pland.showOutput",
      "Make a Report": "pland.report",
    };
    void vscode.window.showErrorMessage(why, ...Object.keys(ways)).then((choice) => {
      const command = choice === undefined ? undefined : ways[choice];
      if (command !== undefined) void vscode.commands.executeCommand(command);
    });
  }

  /** Of a start that nobody asked for: who asks is answered. */
  tellNotStarted(error: unknown): void {
    if (error instanceof vscode.CancellationError) return;
    const settings = "Open Settings";
    void vscode.window.showErrorMessage(message(error), settings, "Show Output").then((choice) => {
      if (choice === settings) void vscode.commands.executeCommand("pland.openSettings");
      if (choice === "Show Output") this.output.show();
    });
  }
}

function hasEnded(server: ChildProcess): boolean {
  return server.pid === undefined || server.exitCode !== null || server.signalCode !== null;
}

/** What it said of itself can arrive before the news of its end. */
function endsSoon(server: ChildProcess): Promise<boolean> {
  if (hasEnded(server)) return Promise.resolve(true);
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(false), 500);
    server.once("exit", () => {
      clearTimeout(late);
      resolve(true);
    });
  });
}

/** "ended with exit code 1": for a program that did so by itself. */
function howItEnded(server: ChildProcess | undefined): string | undefined {
  if (server?.exitCode !== null && server?.exitCode !== undefined) return `ended with exit code ${server.exitCode}`;
  return undefined;
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
