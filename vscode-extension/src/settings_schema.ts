// Every setting: what package.json says of it is made from this (`npm run settings`), and a test compares the two.
// The program takes its own configuration from its command line and environment, so those are what can be set. Pure.

interface Setting<T> {
  readonly default: T;
  readonly text: string;
  /** `application`: a project cannot set it. `machine-overridable`: of the machine that the folder is on. */
  readonly scope: "application" | "window" | "machine-overridable";
  readonly schema: Readonly<Record<string, unknown>>;
}

const text = (scope: Setting<string>["scope"], otherwise: string, about: string): Setting<string> => ({
  default: otherwise,
  text: about,
  scope,
  schema: { type: "string" },
});

const whole = (
  scope: Setting<number>["scope"],
  otherwise: number,
  [minimum, maximum]: [number, number],
  about: string,
): Setting<number> => ({ default: otherwise, text: about, scope, schema: { type: "integer", minimum, maximum } });

const choice = <T extends string>(
  scope: Setting<T>["scope"],
  otherwise: NoInfer<T>,
  choices: Record<T, string>,
  about: string,
): Setting<T> => ({
  default: otherwise,
  text: about,
  scope,
  schema: { type: "string", enum: Object.keys(choices), enumDescriptions: Object.values(choices) },
});

export const settings = {
  confirmCommands: choice(
    "application",
    "whenChanged",
    { whenChanged: "Ask once for each text of a plan file.", never: "Run plan files without asking." },
    "Whether to ask before a plan file runs commands for the first time. A project cannot change this.",
  ),
  notifications: choice(
    "window",
    "all",
    {
      all: "Conflicts, failures, and plans that are ready to apply.",
      problems: "Only conflicts and failures.",
      none: "None: the status bar and the trees say it.",
    },
    "What to be notified of, once each, when a plan needs you.",
  ),
  "trees.pageSize": whole("window", 100, [10, 2000], "How many entries of a long list the trees show at once."),
  "server.path": text(
    "machine-overridable",
    "",
    "The server's program. When empty: the one that came with the extension, else `pland` on the `PATH`. " +
      "`${workspaceFolder}`, `${userHome}` and `~` are understood.",
  ),
  "server.arguments": {
    default: [],
    text: "More arguments for the server, such as `--log=FILE`.",
    scope: "machine-overridable",
    schema: { type: "array", items: { type: "string" } },
  } as Setting<string[]>,
  "server.environment": {
    default: {},
    text: "More environment variables for the server, such as `XDG_STATE_HOME`.",
    scope: "machine-overridable",
    schema: { type: "object", additionalProperties: { type: "string" } },
  } as Setting<Record<string, string>>,
  "server.maxRestarts": whole(
    "machine-overridable",
    4,
    [0, 20],
    "How often within three minutes the server is started again when it ends by itself.",
  ),
  "trace.server": choice(
    "window",
    "off",
    { off: "Nothing.", messages: "What was said.", verbose: "What was said, with its content." },
    "Writes what is said between the editor and the server into the output channel *pland protocol trace*.",
  ),
} as const;

export type Settings = { [K in keyof typeof settings]: (typeof settings)[K]["default"] };

/** `contributes.configuration` of package.json. */
export function configuration(): object[] {
  const properties = Object.entries(settings).map(([key, { schema, default: value, scope, text: about }], at) => [
    `pland.${key}`,
    { ...schema, default: value, scope, order: at + 1, markdownDescription: about },
  ]);
  return [{ title: "pland", properties: Object.fromEntries(properties) as object }];
}
