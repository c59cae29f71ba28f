// Files whose names and texts are not plain, and what is expected of them. For the test and for what sets it up.
const wide = "漢字 😀 ünïcödé";

/** By path; TARGET is on the line that two subplans change. */
exports.texts = {
  "a folder/ü #1 100%.txt": `first\n${wide} TARGET ${wide}\nlast\n`,
  "crlf & (tabs)'.txt": `first\r\n\t\tTARGET\t${wide}\r\nlast\r\n`,
  "漢字/%20+%23;=@.txt": `${wide}\n\n${wide}\n  TARGET\nno end of line`,
};

/** One that no editor shows: it is written on disk. */
exports.unseen = { "не открыт/'#'.txt": `${wide}\r\n\tTARGET\r\nlast` };

exports.changed_line = (name) => exports.texts[name].split(/\r?\n/).find((line) => line.includes("TARGET"));

exports.plan_name = "two sides #1.plan.yaml";

exports.plan_text = `plan: local/two-sides
goal: ${wide}
subplan_defaults: {retry_failed: false}
subplans:
  - {name: left, goal: "${wide}", run: "find . -name '*.txt' -exec sed -i s/TARGET/left/ {} +"}
  - {name: right, goal: "${wide}", run: "find . -name '*.txt' -exec sed -i s/TARGET/right/ {} +"}
`;

exports.mistake_text = `plan: local/mistake
goal: what the columns are
subplans:
  - {name: one, goal: "${wide}", rnu: "true"}
`;
