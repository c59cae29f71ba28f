#!/usr/bin/env node
// Reduces the LSP meta model to the facts that the conformance validator checks: methods, shapes, enumerations. No prose.
//
//   node tests/conformance/distil.mjs path/to/metaModel.json > tests/conformance/lsp-3.18.json
//
// The meta model is published by the protocol's authors beside the specification.
//
// A type in the output is
//   "name"                  a base type (string, uinteger, DocumentUri ...) or the name of a structure, enumeration or alias
//   {"array": T}            {"map": [K, V]}      {"or": [T, ...]}     {"and": [T, ...]}     {"tuple": [T, ...]}
//   {"literal": "begin"}    a string that must be exactly this
//   {"object": {...}}       an anonymous structure
// A structure is an object of property name to type, inherited properties included; a name that ends in "?" is optional.
import { readFileSync } from 'node:fs';

const [modelPath] = process.argv.slice(2);
if (!modelPath) {
  console.error('usage: distil.mjs path/to/metaModel.json > lsp-3.18.json');
  process.exit(2);
}
const model = JSON.parse(readFileSync(modelPath, 'utf8'));
const byName = list => new Map(list.map(entry => [entry.name, entry]));
const structures = byName(model.structures);
const enumerations = byName(model.enumerations);
const aliases = byName(model.typeAliases);

const wanted = new Set();  // names that something reachable refers to
const pending = [];

function reference(name) {
  if (!wanted.has(name)) {
    wanted.add(name);
    pending.push(name);
  }
  return name;
}

function type(t) {
  switch (t.kind) {
    case 'base': return t.name;
    case 'reference': return reference(t.name);
    case 'array': return { array: type(t.element) };
    case 'map': return { map: [type(t.key), type(t.value)] };
    case 'or': return { or: t.items.map(type) };
    case 'and': return { and: t.items.map(type) };
    case 'tuple': return { tuple: t.items.map(type) };
    case 'stringLiteral': return { literal: t.value };
    case 'literal': return { object: properties(t.value.properties) };
    default: throw new Error(`a kind of type that this script does not know: ${JSON.stringify(t)}`);
  }
}

function properties(list) {
  return Object.fromEntries(list.map(p => [p.name + (p.optional ? '?' : ''), type(p.type)]));
}

function allProperties(structure) {
  const merged = new Map();
  for (const parent of [...(structure.extends ?? []), ...(structure.mixins ?? [])]) {
    for (const p of allProperties(structures.get(parent.name))) merged.set(p.name, p);
  }
  for (const p of structure.properties) merged.set(p.name, p);
  return [...merged.values()];
}

function method(entry, kind) {
  const out = { kind, direction: entry.messageDirection };
  if (Array.isArray(entry.params)) throw new Error(`${entry.method} has more than one parameter`);
  for (const key of ['params', 'result', 'partialResult', 'errorData', 'registrationOptions']) {
    if (entry[key]) out[key] = type(entry[key]);
  }
  for (const key of ['registrationMethod', 'clientCapability', 'serverCapability']) {
    if (entry[key]) out[key] = entry[key];
  }
  return out;
}

const methods = {};
for (const entry of model.requests) methods[entry.method] = method(entry, 'request');
for (const entry of model.notifications) methods[entry.method] = method(entry, 'notification');
// $/progress carries these as LSPAny, and error replies carry the codes as plain integers.
for (const name of ['WorkDoneProgressBegin', 'WorkDoneProgressReport', 'WorkDoneProgressEnd', 'ErrorCodes', 'LSPErrorCodes']) {
  reference(name);
}

const out = { structures: {}, enumerations: {}, aliases: {} };
while (pending.length > 0) {
  const name = pending.pop();
  if (structures.has(name)) {
    out.structures[name] = properties(allProperties(structures.get(name)));
  } else if (enumerations.has(name)) {
    const e = enumerations.get(name);
    out.enumerations[name] = { type: e.type.name, values: e.values.map(v => v.value) };
    if (e.supportsCustomValues) out.enumerations[name].open = true;
  } else if (aliases.has(name)) {
    out.aliases[name] = type(aliases.get(name).type);
  } else {
    throw new Error(`${name} is referred to and defined nowhere`);
  }
}

// One entry a line, sorted: a new version of the protocol reads as a diff.
const section = entries => '{\n' + Object.entries(entries).sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`).join(',\n') + '\n  }';
process.stdout.write(`{
  "source": "distilled by distil.mjs from the meta model of the Language Server Protocol",
  "version": ${JSON.stringify(model.metaData.version)},
  "methods": ${section(methods)},
  "structures": ${section(out.structures)},
  "enumerations": ${section(out.enumerations)},
  "aliases": ${section(out.aliases)}
}
`);
