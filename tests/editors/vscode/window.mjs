// A VS Code window: code-server on the loopback interface with folders of its own, in a headless browser.
import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import net from "node:net";
import os from "node:os";
import path from "node:path";

const settings_of_tests = {
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "window.commandCenter": false,
  "telemetry.telemetryLevel": "off",
  "extensions.autoUpdate": false,
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "chat.disableAIFeatures": true,
  "chat.commandCenter.enabled": false,
  "files.autoSave": "off",
  "git.enabled": false,
};

async function freePort() {
  return new Promise((resolve) => {
    const listener = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = listener.address();
      listener.close(() => resolve(port));
    });
  });
}

/**
 * `rig` is where install.sh put things, `version` which code-server. Gives what drives the window, and `close`,
 * after which nothing of it is left.
 */
export async function openWindow({ rig, version, settings = {}, extension, trust = false, testModules = false }) {
  const { chromium } = createRequire(path.join(rig, "pw/x.js"))("playwright-core");
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "pland-vscode-"));
  const user = path.join(home, "data/User");
  fs.mkdirSync(user, { recursive: true });
  fs.mkdirSync(path.join(home, "extensions"));
  fs.writeFileSync(path.join(user, "settings.json"), JSON.stringify({ ...settings_of_tests, ...settings }));
  // What is of the machine is read from here in a remote window.
  fs.mkdirSync(path.join(home, "data/Machine"));
  fs.writeFileSync(path.join(home, "data/Machine/settings.json"), JSON.stringify(settings));
  fs.writeFileSync(path.join(home, "config.yaml"), "cert: false\n");
  const node = path.join(rig, `node-for-${version}`);
  const entry = path.join(rig, `code-server-${version}/node_modules/code-server/out/node/entry.js`);
  const common = ["--config", path.join(home, "config.yaml"), "--user-data-dir", path.join(home, "data")];
  common.push("--extensions-dir", path.join(home, "extensions"));
  const env = { ...process.env, EXTENSIONS_GALLERY: '{"serviceUrl":""}', XDG_STATE_HOME: path.join(home, "state") };
  for (const name of ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"]) env[name] = path.join(home, name);

  if (extension !== undefined) {
    const installed = spawnSync(node, [entry, ...common, "--install-extension", extension], { env, encoding: "utf8" });
    if (installed.status !== 0) throw new Error(`installing ${extension}: ${installed.stdout}${installed.stderr}`);
  }
  const log = fs.openSync(path.join(home, "log"), "w");
  const options = ["--auth", "none", "--disable-telemetry", "--disable-update-check", "--disable-proxy"];
  options.push("--disable-getting-started-override");
  if (!trust) options.push("--disable-workspace-trust");
  // Later ones take test modules only so, and show no notifications then.
  if (testModules && !/^4\.(9\d|10\d|11\d)\./.test(version)) options.push("--vscode-option", "enable-smoke-test-driver");
  let server;
  let ended;
  let port;
  let browser;

  const close = async () => {
    await browser?.close().catch(() => undefined);
    try {
      if (server !== undefined) process.kill(-server.pid, "SIGTERM");
    } catch {
      // It has ended by itself.
    }
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 5000))]);
    fs.rmSync(home, { recursive: true, force: true });
  };
  // One that is ended from outside leaves nothing behind either.
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => close().finally(() => process.exit(1)));
  }
  try {
    const start = async () => {
      port = await freePort();
      const all = [entry, ...common, ...options, "--bind-addr", `127.0.0.1:${port}`];
      server = spawn(node, all, { env, stdio: ["ignore", log, log], detached: true });
      ended = new Promise((resolve) => server.on("exit", resolve));
      while (server.exitCode === null && server.signalCode === null) {
        if (await fetch(`http://127.0.0.1:${port}/healthz`).then((answer) => answer.ok, () => false)) return true;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      return false;
    };
    // It gives up on itself after some seconds, which a busy machine can take.
    for (let tries = 1; !(await start()); ++tries) {
      if (tries === 12) throw new Error(`code-server did not start: ${fs.readFileSync(path.join(home, "log"), "utf8")}`);
    }
    browser = await chromium.launchPersistentContext(path.join(home, "browser"), {
      executablePath: path.join(rig, "browser"),
      headless: true,
      viewport: { width: 1280, height: 800 },
      args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"].concat(
        ["--disable-component-update", "--disable-sync", "--disable-quic"]),
    });
  } catch (error) {
    await close();
    throw error;
  }
  const page = browser.pages()[0] ?? (await browser.newPage());
  const remote = (file) => `vscode-remote://127.0.0.1:${port}${file}`;
  const visit = (folder, payload) => {
    const target = folder.endsWith(".code-workspace") ? "workspace" : "folder";
    const query = `${target}=${encodeURIComponent(folder)}&payload=${encodeURIComponent(JSON.stringify(payload))}`;
    return page.goto(`http://127.0.0.1:${port}/?${query}`, { waitUntil: "commit", timeout: 120_000 });
  };
  const readLog = () => {
    return [path.join(home, "log"), ...walk(path.join(home, "data/logs"))]
      .map((file) => fs.readFileSync(file, "utf8"))
      .join("\n");
  };
  /** Processes of ours that were started from this window. */
  const servers = () =>
    fs.readdirSync("/proc").filter((pid) => /^\d+$/.test(pid) && isServerOf(pid, home)).map(Number);
  return { page, visit, remote, close, home, readLog, servers };
}

function isServerOf(pid, home) {
  try {
    const program = path.basename(fs.readlinkSync(`/proc/${pid}/exe`));
    return program === "pland" && fs.readFileSync(`/proc/${pid}/environ`, "utf8").includes(home);
  } catch {
    // It has ended meanwhile, or is not ours to look at.
    return false;
  }
}

/** The extension's own logs below `folder`. */
function walk(folder) {
  if (!fs.existsSync(folder)) return [];
  return fs.readdirSync(folder, { recursive: true })
    .filter((name) => /pland[^/]*\.log$/.test(name))
    .map((name) => path.join(folder, name));
}
