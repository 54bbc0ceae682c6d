/** Tools that are made when a run first needs them: only those that its plan names, each by one flight. */
import { createHash } from "node:crypto";
import type { FieldError } from "../contract/problems.ts";
import type { ToolOrigin } from "../contract/tools.ts";
import { WorkflowConfigurationError } from "../workflow/errors.ts";
import { hint } from "../workflow/plan/suggest.ts";
import { checkTools } from "../workflow/plan/validator.ts";
import type { ToolDescription } from "../workflow/ports/model.ts";
import {
  policyOf,
  type Tool,
  type ToolPolicy,
  type ToolSource,
  UNKNOWN_POLICY,
} from "../workflow/ports/tools.ts";
import { untilAborted } from "../workflow/until-aborted.ts";

/** A tool as it is described, before it is there. */
export interface ToolEntry extends ToolDescription {
  /** Changes whenever the tool does. */
  readonly version: string;
  readonly policy: Required<ToolPolicy>;
  readonly origin: ToolOrigin;
  /** Makes the tool; for one of a tool server this is where the connection is made. */
  readonly load: () => Promise<Tool>;
}

/**
 * An entry for a tool of the configuration, which is there already; its version follows from what the model sees of it,
 * and what it may do.
 */
export function entryOf(tool: Tool): ToolEntry {
  const { name, description, parameters } = tool;
  const policy = policyOf(tool);
  const text = JSON.stringify([description, parameters, policy]);
  const version = createHash("sha256").update(text).digest("base64url").slice(0, 22);
  const origin = { kind: "configured", server: null } as const;
  return {
    name,
    version,
    description,
    parameters,
    policy,
    origin,
    load: () => (tool.checksArguments ? Promise.resolve(tool) : checked(tool)),
  };
}

/** The compiler of schemas is loaded for the first tool that has one. */
async function checked(tool: Tool): Promise<Tool> {
  const { withCheckedArguments } = await import("./arguments.ts");
  return withCheckedArguments(tool);
}

/** How long a failure is remembered, in milliseconds, so that a dead server is not asked by every run. */
const FAILURE_MS = 10_000;

/** How long a tool may take to be made, in milliseconds: a server that hangs must not hold runs up for ever. */
const LOAD_MS = 15_000;

/** What a test may want to be otherwise. */
interface LoaderOptions {
  /** A clock in milliseconds. */
  readonly now?: () => number;
  /** How long a tool may take to be made, in milliseconds. */
  readonly loadMs?: number;
}

interface Flight {
  readonly version: string;
  readonly tool: Promise<Tool>;
  /** When a failed one is forgotten, in the time of the clock; null for one that did not fail. */
  forgetAt: number | null;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export class LazyToolLoader implements ToolSource {
  readonly #entries = new Map<string, ToolEntry>();
  readonly #flights = new Map<string, Flight>();
  readonly #now: () => number;
  readonly #loadMs: number;
  #seek: ((names: readonly string[]) => Promise<unknown>) | null = null;

  constructor(entries: readonly ToolEntry[] = [], options: LoaderOptions = {}) {
    this.#now = options.now ?? Date.now;
    this.#loadMs = options.loadMs ?? LOAD_MS;
    for (const entry of entries) this.register(entry);
  }

  /** The names of all tools, in the order of their registration. */
  get names(): string[] {
    return [...this.#entries.keys()];
  }

  /** All tools as they are described, in the order of their registration; none is made for it. */
  get entries(): ToolEntry[] {
    return [...this.#entries.values()];
  }

  /** Names who is asked for tools that are not there, before they are refused; whoever it is registers what comes of it. */
  onMissing(seek: (names: readonly string[]) => Promise<unknown>): void {
    this.#seek = seek;
  }

  /** Adds a tool, or puts it in the place of the one with its name. */
  register(entry: ToolEntry): void {
    this.#entries.set(entry.name, entry);
  }

  remove(name: string): void {
    this.#entries.delete(name);
    this.#flights.delete(name);
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  version(name: string): string {
    return this.#entries.get(name)?.version ?? "";
  }

  /** The entry itself, so that what is worked out of a description can be kept as long as the tool stays the same. */
  describe(name: string): ToolDescription | null {
    return this.#entries.get(name) ?? null;
  }

  policy(name: string): Required<ToolPolicy> {
    return this.#entries.get(name)?.policy ?? UNKNOWN_POLICY;
  }

  async check(
    name: string,
    args: Readonly<Record<string, unknown>>,
  ): Promise<readonly FieldError[]> {
    const entry = this.#entries.get(name);
    if (!entry) return [];
    const { compileSchema } = await import("./json-schema.ts");
    return compileSchema(entry.parameters)(args);
  }

  async load(names: readonly string[], signal: AbortSignal): Promise<readonly Tool[]> {
    const missing = names.filter((name) => !this.has(name));
    if (missing.length > 0 && this.#seek) await untilAborted(this.#seek(missing), signal);
    const unknown = missing.filter((name) => !this.has(name));
    if (unknown.length > 0) {
      const text = unknown.map((name) => `"${name}"${hint(name, this.names)}`).join(", ");
      throw new WorkflowConfigurationError(`There is no tool ${text}.`, {
        missingParameter: unknown.join(", "),
      });
    }
    const loaded = await untilAborted(
      Promise.allSettled(names.map((name) => this.#flight(name).tool)),
      signal,
    );
    const failed = loaded.flatMap((result, index) =>
      result.status === "rejected" ? [`${names[index]} (${messageOf(result.reason)})`] : [],
    );
    if (failed.length > 0) {
      throw new WorkflowConfigurationError(`Tools could not be loaded: ${failed.join(", ")}.`, {
        missingParameter: "tools",
      });
    }
    return loaded.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  }

  /** The flight of a tool: one under way or landed is joined, one of another version or long failed is not. */
  #flight(name: string): Flight {
    const entry = this.#entries.get(name);
    const known = this.#flights.get(name);
    const usable = known && (known.forgetAt === null || this.#now() < known.forgetAt);
    if (usable && known.version === entry?.version) return known;
    const tool = within(this.#loadMs, loadChecked(name, entry));
    const flight: Flight = { version: entry?.version ?? "", tool, forgetAt: null };
    tool.catch(() => {
      flight.forgetAt = this.#now() + FAILURE_MS;
    });
    this.#flights.set(name, flight);
    return flight;
  }
}

async function loadChecked(name: string, entry: ToolEntry | undefined): Promise<Tool> {
  if (!entry) throw new Error("it does not exist");
  const tool = await entry.load();
  const [error] = checkTools([tool]);
  if (error) throw error;
  if (tool.name !== name) throw new Error(`it calls itself "${tool.name}"`);
  return tool;
}

/** Waits no longer than a limit in milliseconds. */
async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`it was not there within ${limitMs / 1000} s`)),
    limitMs,
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
