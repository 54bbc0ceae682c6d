import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { childrenOf, isAlive } from "../../processes/testing/watch.ts";
import { commandOf } from "./command.ts";
import { SANDBOX_LIMITS } from "./limits.ts";
import { SandboxChild } from "./sandbox-child.ts";

const NEVER = new AbortController().signal;
const SOURCE = { name: "program.js", language: "javascript", text: "for (;;) {}" } as const;

let child: SandboxChild;
let pid: number;

beforeEach(async () => {
  child = new SandboxChild(commandOf(null, SANDBOX_LIMITS));
  await child.ready;
  pid = childrenOf(process.pid, "sandbox/child.js")[0] ?? 0;
});

afterEach(async () => {
  await child.kill();
  expect(isAlive(pid)).toBe(false);
});

describe("a process", () => {
  test("that dies with its program says so", async () => {
    setTimeout(() => process.kill(pid, "SIGSEGV"), 1000);
    expect(await child.run({ sources: [SOURCE], timeoutMs: 20_000 }, NEVER)).toMatchObject({
      timedOut: false,
      error: { message: expect.stringMatching(/process that ran it fail/) },
    });
  });

  test("is killed from outside when it does not end its program itself", async () => {
    setTimeout(() => process.kill(pid, "SIGSTOP"), 1000);
    expect(await child.run({ sources: [SOURCE], timeoutMs: 2000 }, NEVER)).toMatchObject({
      timedOut: true,
      output: "",
      error: { name: "Timeout", message: "The program did not end within 2 s." },
    });
  });

  test("that died before it began is not said to have run anything", async () => {
    process.kill(pid, "SIGKILL");
    const running = child.run({ sources: [SOURCE], timeoutMs: 20_000 }, NEVER);
    await expect(running).rejects.toMatchObject({ code: "UNAVAILABLE", retryAfterMs: 10_000 });
  });
});
