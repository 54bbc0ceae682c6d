/** `chatter.config.ts`: settings under the names of the environment, settings with a structure, and code. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import { WorkflowConfigurationError } from "../workflow/errors.ts";
import { EXTENSION_NAMES, type Extensions, NO_EXTENSIONS, readExtensions } from "./extensions.ts";

/** Settings that no environment variable could hold well. */
export const FileSettings = z.object({
  contentFilter: z
    .strictObject({
      words: z.array(z.string()).default([]),
      patterns: z.array(z.string()).default([]),
    })
    .prefault({}),
});
export type FileSettings = z.infer<typeof FileSettings>;

export interface ConfigFile {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly fileSettings: FileSettings;
  readonly extensions: Extensions;
}

async function importDefault(file: string): Promise<Record<string, unknown>> {
  const module: { default?: unknown } = await import(pathToFileURL(file).href);
  const exported = module.default ?? {};
  if (typeof exported === "object" && !Array.isArray(exported)) return { ...exported };
  throw new WorkflowConfigurationError("chatter.config.ts must export an object as its default.");
}

function parseFileSettings(given: Readonly<Record<string, unknown>>): FileSettings {
  const parsed = FileSettings.safeParse(given);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => ({
    path: path.join("."),
    message,
  }));
  const text = errors.map(({ path, message }) => `${path}: ${message}`).join("; ");
  throw new WorkflowConfigurationError(`chatter.config.ts is wrong. ${text}.`, { errors });
}

/**
 * Reads the configuration file of a directory, if it has one. `names`: the settings of the environment.
 * Throws a `WorkflowConfigurationError` for a name that means nothing and for what has the wrong shape.
 */
export async function readConfigFile(
  directory: string,
  names: readonly string[],
): Promise<ConfigFile> {
  const file = join(directory, "chatter.config.ts");
  if (!existsSync(file)) {
    return { settings: {}, fileSettings: FileSettings.parse({}), extensions: NO_EXTENSIONS };
  }
  const given = await importDefault(file);
  const known = [...names, ...Object.keys(FileSettings.shape), ...EXTENSION_NAMES];
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new WorkflowConfigurationError(
      `chatter.config.ts has settings that do not exist: ${unknown.join(", ")}. There are: ${known.join(", ")}.`,
    );
  }
  const settings = Object.fromEntries(
    Object.entries(given).filter(([name]) => names.includes(name)),
  );
  return {
    settings,
    fileSettings: parseFileSettings(given),
    extensions: readExtensions(given),
  };
}
