/** The port of tools: functions that the model may call. */
import type { WorkflowEvent } from "../../contract/events.ts";
import type { AnsweredToolCall } from "../../contract/messages.ts";
import type { FieldError } from "../../contract/problems.ts";
import type { ToolApproval, ToolEffect, ToolImage } from "../../contract/tools.ts";
import type { ModelMessage, ToolDescription } from "./model.ts";
import type { Passage, Retrieved } from "./retrieval.ts";

/** Who a tool works for; never part of anything that is cached. */
export interface ToolContext {
  readonly userId: string;
  /** The only documents that the request lets anybody look into. Absent or null: all of the user's. */
  readonly documentIds?: readonly string[] | null;
  /** Null where a person tries the tool by hand, outside any conversation. */
  readonly conversationId: string | null;
  /** Null as well then. */
  readonly runId: string | null;
  /** The same when a later attempt makes the same call again. */
  readonly toolCallId: string;
  /** The names of the tools that the run may call. Null where a person tries the tool. */
  readonly allowedTools: readonly string[] | null;
  /**
   * Asks the run's model where nobody sees it, and returns all that it says: at most `maxTokens`, counted as the run's.
   * Throws the provider's errors, or the reason of `signal`. Null where there is no model, as when a person tries a tool.
   */
  readonly ask:
    | ((
        messages: readonly ModelMessage[],
        maxTokens: number,
        signal: AbortSignal,
      ) => Promise<string>)
    | null;
}

/** What a tool returns. */
export interface ToolOutput {
  /** What the model is to read. */
  readonly content: string;
  /** The same as data, for clients. */
  readonly structured?: Readonly<Record<string, unknown>>;
  /** Shown to people; the model reads that they are there. */
  readonly images?: readonly ToolImage[];
  /**
   * What a search has found, best first; empty: nothing. The model reads the passages behind `content`, numbered, and
   * may cite them. Absent where nothing was looked up.
   */
  readonly passages?: readonly Passage[];
  /** How they were looked for, where the tool says so. */
  readonly search?: Omit<Retrieved, "passages">;
}

/** What a call has found, by the numbers under which the model reads it. */
export type ToolSources = Extract<WorkflowEvent, { type: "sources" }>;

/** An answered call, with what it has found where it looked something up. */
export type ToolAnswer = AnsweredToolCall & { readonly sources?: ToolSources };

/** What a tool may do, and who must agree; each has a default that errs on the side of caution. */
export interface ToolPolicy {
  /** The most that it may do. Default: `outside`, as of a tool that says nothing anything may be expected. */
  readonly effect?: ToolEffect;
  /** When a person has to agree first. Default: `never` for one that only reads, else `untrusted`. */
  readonly approval?: ToolApproval;
  /** True: its results hold nothing that others wrote. Default: false. */
  readonly trusted?: boolean;
}

export interface Tool extends ToolDescription, ToolPolicy {
  /** True: `execute` refuses arguments that break `parameters`, so that nobody has to do it before. Default: false. */
  readonly checksArguments?: boolean;
  /**
   * Runs the tool and returns what the model is to read. Throws when it fails; the message goes to the model.
   * `signal` aborts when the run is cancelled or the tool's time is over: it must stop then.
   */
  execute(
    args: Readonly<Record<string, unknown>>,
    context: ToolContext,
    signal: AbortSignal,
  ): Promise<string | ToolOutput>;
}

/** The policy of a tool with its defaults filled in. */
export function policyOf({
  effect = "outside",
  approval,
  trusted = false,
}: ToolPolicy): Required<ToolPolicy> {
  return { effect, approval: approval ?? (effect === "read" ? "never" : "untrusted"), trusted };
}

/** Of a tool that nobody knows anything of, anything may be expected. */
export const UNKNOWN_POLICY: Required<ToolPolicy> = Object.freeze(policyOf({}));

export interface ToolSource {
  /** Whether there is a tool of this name, whoever may call it. */
  has(name: string): boolean;
  /** Changes whenever the tool changes; known without loading it. Empty for a tool that does not exist. */
  version(name: string): string;
  /** A tool as a model sees it, known without loading it; null for one that does not exist. */
  describe(name: string): ToolDescription | null;
  /** What a tool may do and who must agree, as far as that is known without loading it. */
  policy(name: string): Required<ToolPolicy>;
  /**
   * The rules that arguments for a tool break, by their paths; empty for a tool that does not exist. Throws an `Error`
   * where the tool's schema is none.
   */
  check(name: string, args: Readonly<Record<string, unknown>>): Promise<readonly FieldError[]>;
  /**
   * The tools of these names, in this order. Called once a run, before the first model call; where the model searches for
   * its tools, each time that some are found or called.
   * Throws a `WorkflowConfigurationError` that names the ones that do not exist or could not be loaded.
   */
  load(names: readonly string[], signal: AbortSignal): Promise<readonly Tool[]>;
}
