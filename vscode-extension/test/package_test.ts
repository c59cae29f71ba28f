// The package's promises hold: what it offers is there, and it offers what the server has.
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "node:test";

declare const PACKAGE_ROOT: string;

interface Manifest {
  contributes: {
    commands: { command: string; title: string; category: string }[];
    viewsWelcome: { view: string; when: string; contents: string }[];
    menus: Record<string, { command: string }[]>;
    views: Record<string, { id: string }[]>;
    configuration: { properties: Record<string, { markdownDescription?: string; scope: string }> }[];
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

test("settings that are read are declared, and the other way round", () => {
  const declared = manifest.contributes.configuration.flatMap((each) => Object.keys(each.properties)).sort();
  const used = new Set<string>();
  for (const name of sources) {
    for (const [, key] of read(`src/${name}`).matchAll(/\.get<[^(]*>\(\s*"([a-zA-Z.]+)",/g)) used.add(`pland.${key ?? ""}`);
  }
  assert.deepEqual(declared, [...used].sort());
});

test("the grammar knows every key and tool of the schema", () => {
  const schema = read("../editors/plan.schema.json");
  const words = read("syntaxes/pland-plan-words.tmLanguage.json");
  interface Schema {
    properties?: Record<string, Schema>;
    items?: Schema;
  }
  const keys = new Set<string>();
  const walk = (part: Schema): void => {
    for (const [key, value] of Object.entries(part.properties ?? {})) {
      if (key.startsWith("builtin/")) continue;
      keys.add(key);
      if (key !== "tools") walk(value);
    }
    if (part.items !== undefined) walk(part.items);
  };
  walk(JSON.parse(schema) as Schema);
  assert.ok(keys.has("subplans") && keys.has("run"));
  const missing = [...keys].filter((key) => !new RegExp(`[(|]${key}[|)]`).test(words));
  assert.deepEqual(missing, []);
});

test("the package's own files are there", () => {
  for (const step of manifest.contributes.walkthroughs.flatMap((each) => each.steps)) {
    assert.ok(fs.existsSync(path.join(PACKAGE_ROOT, step.media.image)), step.media.image);
    assert.notEqual(step.media.altText, "");
  }
});

test("where packages come from is not written down", () => {
  assert.doesNotMatch(read("package-lock.json"), /"resolved": "(?!https:\/\/registry\.npmjs\.org\/)/);
});
