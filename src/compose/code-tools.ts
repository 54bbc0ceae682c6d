/** The tools that run code. What they run it in is loaded with the first program: a server starts without it. */
import type { Logger } from "pino";
import { createExecuteCode } from "../tools/code/execute-code.ts";
import { createGenerateTests } from "../tools/code/generate-tests.ts";
import type { CodeRunner } from "../tools/sandbox/runner.ts";
import type { Sandbox } from "../tools/sandbox/sandbox.ts";
import { UnavailableError } from "../workflow/errors.ts";
import type { Tool } from "../workflow/ports/tools.ts";

export interface CodeTools {
  readonly tools: readonly Tool[];
  /** Ends all programs and the processes that wait for one. */
  close(): Promise<void>;
}

async function openSandbox(log: Logger): Promise<Sandbox> {
  const { Sandbox } = await import("../tools/sandbox/sandbox.ts");
  const onStart = (bubblewrap: boolean): void => log.info({ bubblewrap }, "the sandbox is open");
  return new Sandbox({ onStart });
}

/** Puts them together; nothing is started yet. */
export function composeCodeTools(log: Logger): CodeTools {
  let opening: Promise<Sandbox> | null = null;
  let isClosed = false;
  const runner: CodeRunner = {
    run: async (program, signal) => {
      if (isClosed) throw new UnavailableError("UNAVAILABLE", "The server is stopping.", 1000);
      const sandbox = await (opening ??= openSandbox(log));
      return sandbox.run(program, signal);
    },
  };
  return {
    tools: [createExecuteCode(runner), createGenerateTests(runner)],
    close: async () => {
      isClosed = true;
      await (await opening)?.close();
    },
  };
}
