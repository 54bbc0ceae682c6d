/** `toolServers` of `chatter.config.ts`: the servers that this server's operator names. Only here may one be a program. */
import { resolve } from "node:path";
import { z } from "zod";
import { ToolApproval, ToolEffect } from "../contract/tools.ts";

const NAME = /^[a-z][a-z0-9-]{0,31}$/;
const NAME_RULE = "must begin with a small letter, and have up to 32 small letters, digits and -";
/** A name of a header, as RFC 9110 has it, and what may stand in its value. */
const HEADER = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\x20-\x7e\t]*$/;

/** What may be said of any server. */
const Common = z.strictObject({
  /** False: it is not connected, and its tools do not exist. Default: true. */
  enabled: z.boolean().default(true),
  /** The most that its tools may do. Default: `outside`, as of tools that nobody here has seen. */
  effect: ToolEffect.optional(),
  /** When a person has to agree before a tool of it runs. */
  approval: ToolApproval.optional(),
  /** The tools that are taken from it, by its own names. Default: all. */
  tools: z.array(z.string().min(1)).optional(),
  /** Whether a tool that the server itself calls read-only is taken for one. Default: false. */
  trustAnnotations: z.boolean().default(false),
});

const Program = Common.extend({
  /** A program, found in `PATH` and run without a shell. */
  command: z.string().trim().min(1),
  args: z.array(z.string()).default([]),
  /** All that it finds in its environment, but for `PATH`. */
  env: z.record(z.string().regex(/^[^=\0]+$/), z.string()).default({}),
  /** Relative to the directory of the configuration. Default: that directory. */
  cwd: z.string().min(1).optional(),
});

const Remote = Common.extend({
  url: z.url({
    protocol: /^https?$/,
    error: "must be an address that begins with http:// or https://",
  }),
  /** Sent with each request to the server. */
  headers: z
    .record(
      z.string().regex(HEADER, { error: "is no name of a header" }),
      z.string().regex(HEADER_VALUE, { error: "must be printable ASCII" }),
    )
    .default({}),
});

export type ToolServerInput = z.input<typeof Program> | z.input<typeof Remote>;

/** A server as the configuration has it. */
export interface ConfiguredToolServer {
  readonly name: string;
  readonly enabled: boolean;
  readonly policy: { readonly effect?: ToolEffect; readonly approval?: ToolApproval };
  readonly trustAnnotations: boolean;
  /** Null: all. */
  readonly tools: readonly string[] | null;
  readonly transport:
    | {
        readonly kind: "stdio";
        readonly command: string;
        readonly args: readonly string[];
        readonly env: Readonly<Record<string, string>>;
        readonly cwd: string;
      }
    | {
        readonly kind: "http";
        readonly url: string;
        readonly headers: Readonly<Record<string, string>>;
      };
}

type Given = z.output<typeof Program> | z.output<typeof Remote>;

/** One of the two kinds: which one shows in what is there, so that a mistake is named as one of that kind. */
function readServer(value: unknown, context: z.RefinementCtx): Given {
  const given = Object(value) as object;
  const kinds = [
    ...("command" in given ? [Program] : []),
    ...("url" in given ? [Remote] : []),
  ] as const;
  const [kind] = kinds;
  if (!kind || kinds.length > 1) {
    context.addIssue('must have either "command", for a program, or "url"');
    return z.NEVER;
  }
  const parsed = kind.safeParse(value);
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues) {
    context.addIssue({ code: "custom", path, message });
  }
  return z.NEVER;
}

export const ToolServersSetting = z
  .record(
    z.string().regex(NAME, { error: NAME_RULE }),
    z.custom<ToolServerInput>().transform(readServer),
  )
  .default({});

/** The servers in one shape; paths are relative to `directory`. */
export function toToolServers(
  given: z.output<typeof ToolServersSetting>,
  directory: string,
): ConfiguredToolServer[] {
  return Object.entries(given).map(([name, server]) => ({
    name,
    enabled: server.enabled,
    policy: {
      ...(server.effect !== undefined && { effect: server.effect }),
      ...(server.approval !== undefined && { approval: server.approval }),
    },
    trustAnnotations: server.trustAnnotations,
    tools: server.tools ?? null,
    transport:
      "command" in server
        ? {
            kind: "stdio",
            command: server.command,
            args: server.args,
            env: server.env,
            cwd: resolve(directory, server.cwd ?? "."),
          }
        : { kind: "http", url: server.url, headers: server.headers },
  }));
}
