// The commands that a plan file holds, as far as they can be told from its lines: for a person who is asked whether
// they may run. Pure. It is a help for reading, no parser: the file itself is one click away.

export function commandsOf(plan: string): string[] {
  const found: string[] = [];
  const lines = plan.split(/\r?\n/);
  for (const [at, line] of lines.entries()) {
    const block = /^(\s*(?:- )?)["']?(run|check)["']?\s*:\s*[|>][-+0-9]*\s*$/.exec(line);
    if (block !== null) {
      const body = indented(lines, at + 1, (block[1] ?? "").length).map((each) => each.trim());
      if (body.length > 0) found.push(body.join("; "));
      continue;
    }
    const inline = /^\s*(?:- )?["']?(?:run|check)["']?\s*:\s*(\S.*)$/.exec(line) ?? /[{,]\s*["']?run["']?\s*:\s*(.*?)\}?,?\s*$/.exec(line);
    if (inline?.[1] !== undefined) found.push(plain(inline[1]));
    const setup = /^setup\s*:\s*(.*)$/.exec(line);
    if (setup === null) continue;
    const flow = /^\[(.*)\]\s*$/.exec(setup[1] ?? "");
    if (flow !== null) found.push(...(flow[1] ?? "").split(",").map(plain).filter(Boolean));
    for (let next = at + 1; /^\s*-\s/.test(lines[next] ?? ""); ++next) {
      found.push(plain((lines[next] ?? "").replace(/^\s*-\s+/, "")));
    }
  }
  return found;
}

function indented(lines: readonly string[], from: number, more: number): string[] {
  const body: string[] = [];
  for (let at = from; at < lines.length; ++at) {
    const line = lines[at] ?? "";
    if (line.trim() !== "" && line.length - line.trimStart().length <= more) break;
    if (line.trim() !== "") body.push(line);
  }
  return body;
}

function plain(value: string): string {
  const text = value.trim();
  const quoted = /^"(.*)"$/.exec(text) ?? /^'(.*)'$/.exec(text);
  return quoted?.[1] ?? text;
}
