// Long lists: 500 subplans and 2,000 checkpoints of real plans. How many items are asked for is asserted, and that a
// list that is known is expanded in time; what the server takes to tell it is printed.
const assert = require("node:assert/strict");
const path = require("node:path");
const vscode = require("vscode");
const { say, until, extension, eachItem, runAll } = require("./harness.cjs");

const folder = () => vscode.workspace.workspaceFolders[0].uri.fsPath;
const plan_file = (name) => vscode.Uri.file(path.join(folder(), name)).toString();
const page = 100;

/** What VS Code asks of a tree while `work` is done. */
async function askedOf(tree, work) {
  const asked = { items: 0 };
  const real = tree.getTreeItem;
  tree.getTreeItem = function (node) {
    ++asked.items;
    return real.call(this, node);
  };
  try {
    await work(asked);
  } finally {
    tree.getTreeItem = real;
  }
  return asked.items;
}

const most_ms = 100;

/** `work` is quick, the machine's other work aside: of some runs the best counts. */
async function quick(what, work) {
  const times = [];
  let result;
  for (let run = 0; run < 5; ++run) {
    const started = performance.now();
    result = await work();
    times.push(performance.now() - started);
  }
  const best = Math.min(...times);
  say(`      ${what}: ${best.toFixed(1)} ms`);
  assert.ok(best < most_ms, `${what} took ${best} ms`);
  return result;
}

/** Runs `work`, and prints how long it took and how long the extension host's loop was held at most. */
async function measured(what, work) {
  let last = performance.now();
  let held = 0;
  const beat = setInterval(() => {
    const now = performance.now();
    held = Math.max(held, now - last);
    last = now;
  }, 1);
  const started = performance.now();
  const result = await work();
  const took = performance.now() - started;
  await new Promise((resolve) => setTimeout(resolve, 1));
  clearInterval(beat);
  say(`      ${what}: ${took.toFixed(1)} ms, loop held for at most ${held.toFixed(1)} ms`);
  return result;
}

async function expand(tree, node) {
  const nodes = await tree.getChildren(node);
  for (const each of nodes) tree.getTreeItem(each);
  return nodes;
}

const titleOf = (tree, node) => String(tree.getTreeItem(node).label);

const tests = {
  async "500 subplans and 2,000 checkpoints are made"(state) {
    state.api = (await extension()).api;
    const { api } = state;
    const many = await api.request("use", { uri: plan_file("many.plan.yaml") });
    assert.equal(many.children.length, 500);
    state.many = many.planId;
    const long = await api.request("spawn", { uri: plan_file("long.plan.yaml") });
    state.long = long.planId;
    const plan = () => api.plans.find((each) => each.planId === state.long);
    await until("the plan's end", () => plan()?.state === "complete" && plan().subplans[0].state === "complete");
    const made = plan().checkpoints;
    for (let number = made; number < 2000; number += 50) {
      const some = Array.from({ length: Math.min(50, 2000 - number) }, (_, each) => `checkpoint ${number + each}`);
      await Promise.all(some.map((label) => api.request("checkpoint", { planId: state.long, label })));
    }
    // Nobody is told of a checkpoint of a plan at rest: a command of the extension's asks by itself.
    await vscode.commands.executeCommand("pland.checkpoint", { planId: state.long, label: "the newest" });
    await until("all of them known", () => plan().checkpoints > 2000);
    await until("all subplans known", () => api.plans.find((each) => each.planId === state.many)?.subplans.length === 500);
  },

  async "500 subplans: a page, and the next one when it is asked for"(state) {
    const tree = state.api.trees.plans;
    const roots = await tree.getChildren();
    const plan = roots.find((node) => node.id === state.many);
    const first = await quick("expanding 500 subplans", () => expand(tree, plan));
    assert.equal(first.length, page + 1);
    assert.equal(titleOf(tree, first[page]), "Show 100 more of 400 subplans of many…");
    eachItem(tree, first);
    await vscode.commands.executeCommand("pland.showMore", first[page]);
    const second = await quick("the second page", () => expand(tree, plan));
    assert.equal(second.length, 2 * page + 1);
    assert.equal(new Set(second.map((node) => node.id)).size, second.length, "each once");
  },

  async "2,000 checkpoints: a page, newest first"(state) {
    const tree = state.api.trees.checkpoints;
    const roots = await measured("reading 2,000 checkpoints from the server", () => expand(tree, undefined));
    const plan = roots.find((node) => node.id === state.long);
    const first = await quick("expanding 2,000 checkpoints", () => expand(tree, plan));
    assert.equal(first.length, page + 1);
    assert.equal(titleOf(tree, first[0]), "the newest");
    eachItem(tree, first);
  },

  async "the views themselves ask for no more than a page"(state) {
    const { plans, checkpoints } = state.api.trees;
    for (const [view, tree] of [["pland.plans", plans], ["pland.checkpoints", checkpoints]]) {
      const items = await askedOf(tree, async (asked) => {
        await measured(`showing ${view}`, () => vscode.commands.executeCommand(`${view}.focus`));
        await until(`${view} to be shown`, () => tree.view.visible);
        const [first] = (await tree.getChildren()).filter((node) => [state.many, state.long].includes(node.id));
        if (first !== undefined) await tree.view.reveal(first, { expand: true, focus: true });
        // What is shown is drawn anew.
        tree.refresh();
        await until(`${view} to be drawn`, () => asked.items > 0);
      });
      say(`      ${view} asked for ${items} items`);
      assert.ok(items <= 10 * page, `${view} asked for ${items} items`);
    }
  },

  async "while checkpoints come, the list is read once for each, and not for each step of the plan"(state) {
    const tree = state.api.trees.checkpoints;
    const label = "one more";
    await vscode.commands.executeCommand("pland.checkpoint", { planId: state.long, label });
    await until("it to be the first", async () => {
      const [first] = await tree.getChildren();
      return titleOf(tree, first) === label;
    });
  },
};

exports.run = () => runAll(tests);
