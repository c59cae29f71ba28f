// What a person does in a window, by mouse and keys, and what they see.
import path from "node:path";

/** Nothing here sleeps: a wait ends when what it waits for is there, so a long limit costs a quick machine nothing. */
const most_ms = 480_000;
const long = { timeout: most_ms };

export function handsOn(page, shots) {
  page.setDefaultTimeout(most_ms);
  const seen = (selector) => page.locator(selector).first().waitFor({ state: "visible", ...long });
  const gone = (selector) => page.locator(selector).first().waitFor({ state: "hidden", ...long });

  /** Whether it comes within some seconds: for what is to be tried again when it does not. */
  const shownSoon = (selector) =>
    page.locator(selector).first().waitFor({ state: "visible", timeout: 10_000 }).then(() => true, () => false);

  /**
   * What moves has come to rest, but for what turns for ever. Only pictures want it, so it is not waited for long: a
   * browser that has no time draws no frames, and what is drawn anew may never end.
   */
  const settled = () => Promise.race([atRest(), new Promise((resolve) => setTimeout(resolve, 10_000))]);
  const atRest = () =>
    page.evaluate(async () => {
      const ends = (each) => each.playState === "running" && each.effect?.getComputedTiming().endTime !== Infinity;
      await Promise.all(document.getAnimations().filter(ends).map((each) => each.finished.catch(() => undefined)));
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
    });

  async function until(what, look) {
    const end = Date.now() + most_ms;
    while (!(await look())) {
      if (Date.now() > end) throw new Error(`waited ${most_ms / 1000} s for: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /**
   * Clicks until something comes of it: what is drawn anew under the mouse has not seen the click. And VS Code shows
   * lenses of its cache, without commands, in an editor that lost the focus while they were asked for: the first
   * click gives it the focus, and they come to life.
   */
  const clickFor = (what, target, selector) =>
    until(what, async () => {
      await target.click({ timeout: 5000 }).catch(() => undefined);
      return shownSoon(selector);
    });

  async function command(title) {
    await page.keyboard.press("F1");
    await seen(".quick-input-widget input");
    await page.keyboard.type(title);
    await seen(`.quick-input-list .monaco-list-row.focused:has-text("${title}")`);
    await page.keyboard.press("Enter");
  }

  async function open(file) {
    await page.keyboard.press("Control+P");
    await seen(".quick-input-widget input");
    await page.keyboard.type(file);
    await page.locator(".quick-input-list .monaco-list-row", { hasText: path.basename(file) }).first().click(long);
    await seen(`.tab.active:has-text("${path.basename(file)}")`);
  }

  const row = (view, text) =>
    page.locator(`.pane:has(.pane-header:has-text("${view}")) .monaco-list-row`, { hasText: text }).first();

  /** A button of a row, which is there while the mouse is: a row that moved away under it is pointed at again. */
  const press = (row_, icon) =>
    until(`the button ${icon}`, async () => {
      const patience = { timeout: 15_000 };
      const button = row_.locator(`.action-label.codicon-${icon}`).first();
      return row_.hover(patience).then(() => button.click(patience)).then(() => true, () => false);
    });

  async function theme(name) {
    await page.emulateMedia({ colorScheme: name });
    await seen(name === "light" ? ".monaco-workbench.vs:not(.vs-dark)" : ".monaco-workbench.vs-dark");
    await settled();
  }

  let number = 0;
  /** A picture in each theme; `plain` where a change of theme would close what is to be seen. */
  async function picture(name, plain = false) {
    ++number;
    const file = (kind) => path.join(shots, `${String(number).padStart(2, "0")}-${name}-${kind}.png`);
    await settled();
    await page.screenshot({ path: file("dark") });
    if (plain) return;
    await theme("light");
    await page.screenshot({ path: file("light") });
    await theme("dark");
  }

  return { seen, gone, settled, until, shownSoon, clickFor, command, open, row, press, picture, long };
}
