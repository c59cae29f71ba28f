// The package's promises hold: what it offers is there, and it offers what the server has.
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "node:test";
import { configuration, settings } from "../src/settings_schema";

declare const PACKAGE_ROOT: string;

interface Manifest {
  contributes: {
    commands: { command: string; title: string; category: string; icon?: string }[];
    viewsWelcome: { view: string; when: string; contents: string }[];
    menus: Record<string, { command: string; when?: string; group?: string }[]>;
    views: Record<string, { id: string }[]>;
    configuration: object[];
    walkthroughs: { steps: { media: { image: string; altText: string } }[] }[];
  };
}

const read = (file: string): string => fs.readFileSync(path.join(PACKAGE_ROOT, file), "utf8");
const manifest = JSON.parse(read("package.json")) as Manifest;
const commands = manifest.contributes.commands.map((each) => each.command);
const sources = fs
  .readdirSync(path.join(PACKAGE_ROOT, "src"), { recursive: true })
  .map(String)
  .filter((name) => name.endsWith(".ts"));

test("each verb of the server is a command and part of the API", () => {
  const verbs = [...read("../server/README.md").matchAll(/^### `pland\/(\w+)`$/gm)].map((match) => match[1] ?? "");
  assert.ok(verbs.length >= 14);
  const api = read("api/pland.d.ts");
  for (const verb of verbs) {
    assert.ok(commands.includes(`pland.${verb}`), `no command for the verb ${verb}`);
    assert.match(api, new RegExp(`^ {2}${verb}: \\{`, "m"), `the API does not have ${verb}`);
  }
});

test("menus, welcome texts and sources name only commands and views that exist", () => {
  const views = Object.values(manifest.contributes.views).flat().map((view) => view.id);
  const known = new Set([...commands, ...views.map((view) => `${view}.focus`), ...views]);
  for (const entry of Object.values(manifest.contributes.menus).flat()) assert.ok(known.has(entry.command), entry.command);
  for (const { contents } of manifest.contributes.viewsWelcome) {
    for (const [, command] of contents.matchAll(/\(command:(pland[.\w]+)\)/g)) assert.ok(known.has(command ?? ""), command);
  }
  for (const name of sources) {
    for (const [, command] of read(`src/${name}`).matchAll(/command:(pland\.[.\w]+)\)/g)) {
      assert.ok(known.has(command ?? ""), `${name}: ${command ?? ""}`);
    }
  }
});

test("the settings are those of src/settings_schema.ts", () => {
  assert.deepEqual(manifest.contributes.configuration, JSON.parse(JSON.stringify(configuration())), "npm run settings");
  const text = sources.map((name) => read(`src/${name}`)).join("\n");
  for (const key of Object.keys(settings)) {
    assert.match(text, new RegExp(`setting\\("${key.replace(".", "\\.")}"\\)`), `nothing reads pland.${key}`);
  }
  assert.doesNotMatch(text.replace(read("src/settings.ts"), ""), /getConfiguration\("pland/, "settings are read by setting()");
});

test("the grammar knows every key and tool of the schema", () => {
  const schema = read("../editors/plan.schema.json");
  const words = read("syntaxes/pland-plan-words.tmLanguage.json");
  interface Schema {
    properties?: Record<string, Schema>;
    items?: Schema;
    anyOf?: Schema[];
    definitions?: Record<string, Schema>;
  }
  const keys = new Set<string>();
  const walk = (part: Schema): void => {
    for (const [key, value] of Object.entries(part.properties ?? {})) {
      if (key.startsWith("builtin/")) continue;
      keys.add(key);
      if (key !== "tools") walk(value);
    }
    if (part.items !== undefined) walk(part.items);
    for (const each of [...(part.anyOf ?? []), ...Object.values(part.definitions ?? {})]) walk(each);
  };
  walk(JSON.parse(schema) as Schema);
  assert.ok(keys.has("subplans") && keys.has("run") && keys.has("text"));
  const missing = [...keys].filter((key) => !new RegExp(`[(|]${key}[|)]`).test(words));
  assert.deepEqual(missing, []);
});

test("every command is in the command palette", () => {
  const hidden = manifest.contributes.menus["commandPalette"] ?? [];
  for (const { command, when } of hidden) {
    // Only what needs a certain editor is offered only there.
    assert.notEqual(when, "false", command);
    assert.match(when ?? "", /^isMergeEditor\b/, command);
  }
  for (const { command, title, category } of manifest.contributes.commands) {
    assert.equal(category, "pland", command);
    assert.match(title, /^\p{Lu}/u, command);
  }
  const titles = manifest.contributes.commands.map((each) => each.title);
  assert.equal(new Set(titles).size, titles.length, "two commands read the same");
});

test("what a tree's row offers to the mouse, its context menu offers to the keyboard", () => {
  const entries = manifest.contributes.menus["view/item/context"] ?? [];
  const inline = entries.filter((entry) => entry.group?.startsWith("inline"));
  assert.ok(inline.length > 0);
  for (const { command, when } of inline) {
    const same = entries.some((each) => each.command === command && each.when === when && !each.group?.startsWith("inline"));
    assert.ok(same, `${command} when ${when ?? ""}`);
  }
});

test("buttons have an icon, and their command a title to read out", () => {
  const byName = new Map(manifest.contributes.commands.map((each) => [each.command, each]));
  const buttons = Object.values(manifest.contributes.menus)
    .flat()
    .filter((entry) => /^(inline|navigation)/.test(entry.group ?? ""));
  for (const { command } of buttons) assert.match(byName.get(command)?.icon ?? "", /^\$\([a-z-]+\)$/, command);
});

test("colours are the theme's", () => {
  for (const name of sources) {
    assert.doesNotMatch(read(`src/${name}`), /["'`]#[0-9a-fA-F]{3,8}["'`]|\brgba?\(/, name);
  }
  const known = /^(list|testing|progressBar|statusBarItem)\.|^disabledForeground$/;
  const used = sources.flatMap((name) =>
    [...read(`src/${name}`).matchAll(/ThemeColor\(\s*"([^"]+)"/g)].map((match) => match[1] ?? ""),
  );
  assert.ok(used.length > 0);
  for (const colour of used) assert.match(colour, known);
  assert.match(read("media/activity.svg"), /currentColor|fill="#fff|stroke="#fff/i, "the activity bar paints its icon");
});

test("every view says something in each state of the server", () => {
  const views = Object.values(manifest.contributes.views).flat().map((view) => view.id);
  for (const view of views) {
    for (const state of ["starting", "running", "stopped", "failed"]) {
      const said = manifest.contributes.viewsWelcome.filter(({ view: of, when }) => of === view && holds(when, state));
      assert.ok(said.length > 0, `${view} says nothing when the server is ${state}`);
    }
  }
});

/** Whether a condition of ours holds in a folder with a plan file. */
function holds(when: string, state: string): boolean {
  return when.split("&&").every((part) => {
    const [, key, operator, value] = /^\s*([!.\w]+)\s*(==|!=)?\s*(\w+)?\s*$/.exec(part) ?? [];
    const now = key === "workspaceFolderCount" ? "1" : key === "pland.serverState" ? state : undefined;
    if (now === undefined) return key === "pland.hasPlanFiles";
    return operator === "==" ? now === value : now !== value;
  });
}

test("the package's own files are there", () => {
  for (const step of manifest.contributes.walkthroughs.flatMap((each) => each.steps)) {
    assert.ok(fs.existsSync(path.join(PACKAGE_ROOT, step.media.image)), step.media.image);
    assert.notEqual(step.media.altText, "");
  }
});

test("where packages come from is not written down", () => {
  assert.doesNotMatch(read("package-lock.json"), /"resolved": "(?!https:\/\/registry\.npmjs\.org\/)/);
});
