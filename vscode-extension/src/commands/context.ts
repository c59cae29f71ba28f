// What the commands work with.
import * as vscode from "vscode";
import type { MergeEditor } from "../merge_editor";
import type { Plans } from "../plans";
import type { Server } from "../server";
import type { Views } from "../texts/views";
import type { PlansTree } from "../trees/plans_tree";
import type { Approvals } from "../trust";
import { argumentOf } from "./arguments";
import type { Argument } from "./arguments";
import { showRefusal } from "./refusals";

export interface Commands {
  server: Server;
  plans: Plans;
  views: Views;
  mergeEditor: MergeEditor;
  approvals: Approvals;
  plansTree: PlansTree;
  extension: vscode.ExtensionContext;
}

/** A command; what it answers is for other extensions and tests. */
export type Command = (context: Commands, argument: Argument) => unknown;

/** Registers `pland.<name>` for each. They exist whether the server runs or not: calling one starts it. */
export function register(context: Commands, commands: Record<string, Command>): vscode.Disposable[] {
  return Object.entries(commands).map(([name, command]) =>
    vscode.commands.registerCommand(`pland.${name}`, async (given?: unknown) => {
      try {
        return await command(context, argumentOf(given));
      } catch (error) {
        void showRefusal(context.server, name, error);
        return undefined;
      }
    }),
  );
}

/** With something in the status bar when it takes long. */
export function shown<T>(title: string, work: () => Thenable<T>): Thenable<T> {
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, work);
}

/** Only the members that are there: the server refuses what it does not know. */
export function only<K extends keyof Argument>(argument: Argument, ...keys: K[]): Pick<Argument, K> {
  const some: Partial<Pick<Argument, K>> = {};
  for (const key of keys) {
    if (argument[key] !== undefined) some[key] = argument[key];
  }
  return some as Pick<Argument, K>;
}

export type Way = [command: string, argument?: object];

/** Says what was done, with commands that go on from there. */
export async function offer(text: string, ways: Record<string, Way>): Promise<void> {
  const choice = await vscode.window.showInformationMessage(text, ...Object.keys(ways));
  const way = choice === undefined ? undefined : ways[choice];
  if (way !== undefined) await vscode.commands.executeCommand(...way);
}
