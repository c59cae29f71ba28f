// The settings as they are now.
import * as vscode from "vscode";
import { settings } from "./settings_schema";
import type { Settings } from "./settings_schema";

export function setting<K extends keyof Settings>(key: K): Settings[K] {
  return vscode.workspace.getConfiguration("pland").get<Settings[K]>(key, settings[key].default as Settings[K]);
}

/** Those that are not as they came, for a report. */
export function changedSettings(): Partial<Settings> {
  const now = (Object.keys(settings) as (keyof Settings)[]).map((key) => [key, setting(key)] as const);
  return Object.fromEntries(
    now.filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(settings[key].default)),
  );
}
