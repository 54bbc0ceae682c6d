/** A Dockerfile, as far as tests ask about it. */

export interface Instruction {
  readonly name: string;
  /** What follows it: flags taken off, lines joined, arguments of the build filled in. */
  readonly text: string;
  readonly flags: Readonly<Record<string, string>>;
}

/** The instructions of one image, the last of which is the one that is made. */
export type Stage = readonly Instruction[];

/** One instruction a line: without comments, with the lines that a backslash continues. */
function linesOf(text: string): string[] {
  const code = text.split("\n").filter((line) => !/^\s*(#|$)/.test(line));
  return code
    .join("\n")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n");
}

function toInstruction(line: string, values: ReadonlyMap<string, string>): Instruction {
  const [, name = "", rest = ""] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
  const flags: Record<string, string> = {};
  const text = rest.replaceAll(
    /(?<=^|\s)--([\w-]+)=(\S+)\s*/g,
    (_, flag: string, value: string) => {
      flags[flag] = value;
      return "";
    },
  );
  const filled = text.replaceAll(/\$\{(\w+)\}/g, (all, key: string) => values.get(key) ?? all);
  return { name, text: filled, flags };
}

/** The stages of a Dockerfile, each from its FROM on. */
export function stagesOf(text: string): Stage[] {
  const values = new Map<string, string>();
  const stages: Instruction[][] = [];
  for (const line of linesOf(text)) {
    const instruction = toInstruction(line, values);
    const [, key, value] = /^(\w+)=(\S+)$/.exec(instruction.text) ?? [];
    if (instruction.name === "ARG" && key && value) values.set(key, value);
    if (instruction.name === "FROM") stages.push([]);
    stages.at(-1)?.push(instruction);
  }
  return stages;
}

/** All instructions of a name. */
export function all(stage: Stage, name: string): Instruction[] {
  return stage.filter((each) => each.name === name);
}

/** The one instruction of a name; an Error if there is none, or another one. */
export function only(stage: Stage, name: string): Instruction {
  const [found, ...others] = all(stage, name);
  if (!found || others.length > 0) throw new Error(`not exactly one ${name}`);
  return found;
}

/** The variables that a stage sets. */
export function environmentOf(stage: Stage): Record<string, string> {
  const pairs = all(stage, "ENV").flatMap(({ text }) => text.split(/\s+/));
  return Object.fromEntries(pairs.map((pair) => pair.split("=", 2) as [string, string]));
}

/** The command of an instruction in its JSON form, as `CMD` and `HEALTHCHECK` have one. */
export function commandOf({ text }: Instruction): string[] {
  return JSON.parse(text.replace(/^CMD\s+/, "")) as string[];
}
