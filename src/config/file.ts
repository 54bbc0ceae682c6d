/** `chatter.config.ts`: settings under the names of the environment, settings with a structure, and code. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { WorkflowConfigurationError } from "../workflow/errors.ts";
import { nearest } from "../workflow/plan/suggest.ts";
import { EXTENSION_NAMES, type Extensions, readExtensions } from "./extensions.ts";
import { importWithSelf } from "./self-import.ts";
import { ToolServersSetting } from "./tool-servers.ts";

/** Settings that no environment variable could hold well. */
export const FileSettings = z.object({
  contentFilter: z
    .strictObject({
      words: z.array(z.string()).default([]),
      patterns: z.array(z.string()).default([]),
    })
    .prefault({}),
  toolServers: ToolServersSetting,
});
export type FileSettings = z.infer<typeof FileSettings>;

/** A configuration, taken apart. */
export interface ConfigParts {
  /** Under the names of the environment; not checked yet. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly fileSettings: FileSettings;
  readonly extensions: Extensions;
}

const FILE = "chatter.config.ts";

/** What a file throws while it is loaded, with the place in it where that can be told. */
function unloadable(error: unknown): WorkflowConfigurationError {
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const place = /chatter\.config\.ts:(\d+):\d+/.exec(stack)?.[1];
  const line = place === undefined ? "" : ` (line ${place})`;
  const wrapped = new WorkflowConfigurationError(`${FILE} cannot be loaded${line}: ${message}`);
  wrapped.cause = error;
  return wrapped;
}

async function importDefault(file: string): Promise<Record<string, unknown>> {
  const module = await importWithSelf(pathToFileURL(file).href).catch((error: unknown) => {
    throw unloadable(error);
  });
  const exported = module["default"] ?? {};
  if (typeof exported === "object" && !Array.isArray(exported)) return { ...exported };
  throw new WorkflowConfigurationError(`${FILE} must export an object as its default.`);
}

function parseFileSettings(given: Readonly<Record<string, unknown>>): FileSettings {
  const parsed = FileSettings.safeParse(given);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => ({
    path: path.join("."),
    message,
  }));
  const text = errors.map(({ path, message }) => `${path}: ${message}`).join("; ");
  throw new WorkflowConfigurationError(`The configuration is wrong. ${text}.`, { errors });
}

function refuseUnknown(names: readonly string[], known: readonly string[]): void {
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  const named = unknown.map((name) => {
    const meant = nearest(name, known);
    return meant === null ? name : `${name} (did you mean ${meant}?)`;
  });
  throw new WorkflowConfigurationError(
    `The configuration has settings that do not exist: ${named.join(", ")}. There are: ${known.join(", ")}.`,
    { errors: unknown.map((path) => ({ path, message: "is no setting" })) },
  );
}

/**
 * Takes a configuration apart. `names`: the settings of the environment. Throws a `WorkflowConfigurationError` for a
 * name that means nothing and for code and structures of the wrong shape.
 */
export function readParts(
  given: Readonly<Record<string, unknown>>,
  names: readonly string[],
): ConfigParts {
  const known = [...names, ...Object.keys(FileSettings.shape), ...EXTENSION_NAMES];
  refuseUnknown(Object.keys(given), known);
  const settings = Object.entries(given).filter(([name]) => names.includes(name));
  return {
    settings: Object.fromEntries(settings),
    fileSettings: parseFileSettings(given),
    extensions: readExtensions(given),
  };
}

/** Reads the configuration file of a directory, if it has one. Throws as `readParts` does, and what the file throws. */
export async function readConfigFile(
  directory: string,
  names: readonly string[],
): Promise<ConfigParts> {
  const file = join(directory, FILE);
  return readParts(existsSync(file) ? await importDefault(file) : {}, names);
}
