// The protocol trace: a channel that exists only once there is something in it, switched by `pland.trace.server`.
// The client library wants a log channel whose level says whether to trace; this is one over a plain channel.
import * as vscode from "vscode";
import { setting } from "./settings";

export class TraceChannel implements vscode.LogOutputChannel {
  readonly name = "pland protocol trace";
  private channel: vscode.OutputChannel | undefined;
  private readonly levels = new vscode.EventEmitter<vscode.LogLevel>();
  readonly onDidChangeLogLevel = this.levels.event;
  private readonly watch = vscode.workspace.onDidChangeConfiguration((change) => {
    if (change.affectsConfiguration("pland.trace.server")) this.levels.fire(this.logLevel);
  });

  get logLevel(): vscode.LogLevel {
    const wanted = setting("trace.server");
    return wanted === "off" ? vscode.LogLevel.Info : vscode.LogLevel.Trace;
  }

  private get real(): vscode.OutputChannel {
    this.channel ??= vscode.window.createOutputChannel(this.name);
    return this.channel;
  }
  private line(text: string): void {
    this.real.appendLine(`${new Date().toISOString()} ${text}`);
  }

  trace(message: string): void {
    if (this.logLevel === vscode.LogLevel.Trace) this.line(message);
  }
  debug(message: string): void {
    this.trace(message);
  }
  info(message: string): void {
    this.line(message);
  }
  warn(message: string): void {
    this.line(message);
  }
  error(error: string | Error): void {
    this.line(String(error));
  }
  append(value: string): void {
    this.real.append(value);
  }
  appendLine(value: string): void {
    this.real.appendLine(value);
  }
  replace(value: string): void {
    this.real.replace(value);
  }
  clear(): void {
    this.channel?.clear();
  }
  show(): void {
    this.real.show(true);
  }
  hide(): void {
    this.channel?.hide();
  }
  dispose(): void {
    this.watch.dispose();
    this.levels.dispose();
    this.channel?.dispose();
  }
}
