/** Configuration: environment, `.env` and `chatter.config.ts` become one validated, frozen `Config`. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import type { z } from "zod";
import { type Config, toConfig } from "./config/config.ts";
import type { Extensions } from "./config/extensions.ts";
import { type ConfigParts, type FileSettings, readConfigFile, readParts } from "./config/file.ts";
import { Settings } from "./config/settings.ts";

/**
 * What `chatter.config.ts` may export: the same settings under the same names, those that have a structure,
 * and code.
 */
export type ChatterConfig = { [Name in keyof Settings]?: string | number } & z.input<
  typeof FileSettings
> &
  Partial<Extensions>;

/** Gives an editor the names and types of the settings; returns them unchanged. */
export function defineConfig(config: ChatterConfig): ChatterConfig {
  return config;
}

function envFile(directory: string): string | null {
  const file = join(directory, ".env");
  return existsSync(file) ? file : null;
}

/** Everything that an operator decides: data, and code. */
export interface LoadedConfig {
  readonly config: Config;
  readonly extensions: Extensions;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What is written in code is data and code; the environment goes before its data. */
function combine(parts: ConfigParts, environment: Environment, directory: string): LoadedConfig {
  const given = { ...parts.settings, ...environment };
  return {
    config: toConfig(given, directory, parts.fileSettings),
    extensions: parts.extensions,
  };
}

/**
 * Checks a configuration that is given in code, without any file. Paths in it are relative to `directory`. Throws a
 * `WorkflowConfigurationError`.
 */
export function readConfig(
  given: ChatterConfig,
  environment: Environment,
  directory: string,
): LoadedConfig {
  return combine(readParts({ ...given }, Object.keys(Settings.shape)), environment, directory);
}

/**
 * Reads the configuration of a directory. The environment goes before `.env`, and that before
 * `chatter.config.ts`. Packages of the AI SDK read their own variables from the process's environment: where there are
 * some, what `.env` has beyond it is put there. Throws a `WorkflowConfigurationError`.
 */
export async function loadConfig(
  environment: Environment,
  directory: string,
): Promise<LoadedConfig> {
  const file = await readConfigFile(directory, Object.keys(Settings.shape));
  const env = envFile(directory);
  const fromEnvFile = env === null ? {} : parseEnv(readFileSync(env, "utf8"));
  const loaded = combine(file, { ...fromEnvFile, ...environment }, directory);
  if (loaded.config.aiSdk !== undefined && env !== null) process.loadEnvFile(env);
  return loaded;
}
