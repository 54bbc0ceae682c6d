/** Tool servers and the loader that their tools are in, for tests. */
import type { ToolContext, ToolOutput } from "../../../workflow/ports/tools.ts";
import { LazyToolLoader } from "../../lazy-tool-loader.ts";
import { ToolServers, type ToolServersOptions } from "../servers.ts";

export const CONTEXT: ToolContext = {
  userId: "ann",
  conversationId: "c",
  runId: "r",
  toolCallId: "t",
  allowedTools: null,
  ask: null,
};

export interface TestServers extends AsyncDisposable {
  readonly loader: LazyToolLoader;
  readonly servers: ToolServers;
  /** What was said of lists that could not be kept. */
  readonly errors: unknown[];
  /** Loads a tool and calls it. */
  call(
    name: string,
    args?: Readonly<Record<string, unknown>>,
    signal?: AbortSignal,
  ): Promise<ToolOutput>;
}

/** Closed at the end of the block that declares them with `await using`. */
export function testServers(options: Partial<ToolServersOptions> = {}): TestServers {
  const loader = new LazyToolLoader();
  const errors: unknown[] = [];
  const servers = new ToolServers({
    loader,
    fetch: { configuration: fetch, api: fetch },
    identity: { name: "chatter-test", version: "1.2.3" },
    onError: (error) => errors.push(error),
    ...options,
  });
  return {
    loader,
    servers,
    errors,
    call: async (name, args = {}, signal = AbortSignal.timeout(20_000)) => {
      const [tool] = await loader.load([name], signal);
      const output = (await tool?.execute(args, CONTEXT, signal)) ?? "";
      return typeof output === "string" ? { content: output } : output;
    },
    [Symbol.asyncDispose]: () => servers.close(),
  };
}
