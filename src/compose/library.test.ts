import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { z } from "zod";
import type { RunEvent } from "../contract/events.ts";
import {
  createScriptedProvider,
  hang,
  type Script,
  type ScriptedProvider,
  textAnswer,
  toolCallAnswer,
} from "../providers/scripted.ts";
import { ApprovalNeededError, RunFailedError } from "../runs/response.ts";
import { ProviderError } from "../workflow/errors.ts";
import { defineTool } from "../workflow/tools.ts";
import { type Chatter, type ChatterOptions, createChatter } from "./library.ts";

const echo: Script = ({ messages }) => textAnswer(`You said: ${messages.at(-1)?.content}`);

/** Says two words, then waits for ever; `onStuck` hears of it when it has come so far. */
const stuck = (onStuck: () => void = () => {}): Script =>
  async function* (_request, _index, signal) {
    yield { type: "text", text: "Well, " };
    yield { type: "text", text: "let" };
    onStuck();
    await hang(signal);
  };

async function open(
  script: Script = echo,
  options: ChatterOptions = {},
): Promise<Chatter & { provider: ScriptedProvider }> {
  const provider = createScriptedProvider(script);
  const chatter = await createChatter({ providers: [provider], ...options });
  onTestFinished(() => chatter.close());
  return { ...chatter, provider };
}

async function collect(events: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const all: RunEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

/** Reads a stream up to its first token, and leaves it. */
async function readFirstToken(events: AsyncIterable<RunEvent>): Promise<string> {
  let runId = "";
  for await (const event of events) {
    if (event.type === "start") runId = event.run_id;
    if (event.type === "token") break;
  }
  return runId;
}

function ownDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "chatter-own-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

describe("the engine in one's own process", () => {
  it("answers a message, and remembers the conversation", async () => {
    const chatter = await open();
    const first = await chatter.chat("Hello");
    expect(first.message).toMatchObject({ content: "You said: Hello", status: "complete" });
    const { conversation_id } = first;
    await chatter.chat({ message: "Again", conversation_id, temperature: 0 });
    expect(chatter.provider.requests[1]?.messages.map(({ content }) => content)).toEqual([
      "Hello",
      "You said: Hello",
      "Again",
    ]);
    const { data } = await chatter.messages(conversation_id, { limit: 3 });
    expect(data.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
    expect((await chatter.conversations({ q: "hello" })).data.map(({ id }) => id)).toEqual([
      conversation_id,
    ]);
  });

  it("streams the events of a run, each as it comes", async () => {
    const chatter = await open();
    const events = await collect(chatter.stream("a b"));
    expect(events.map(({ type }) => type).join(" ")).toBe(
      "start step step step token token token token step usage message end",
    );
  });

  it("gives another answer on a branch of its own", async () => {
    const chatter = await open((_request, index) => textAnswer(`Answer ${index}`));
    const { message, conversation_id } = await chatter.chat("Hello");
    const other = await chatter.regenerate(message.id, { temperature: 1 });
    expect(other.message.content).toBe("Answer 1");
    const { data } = await chatter.messages(conversation_id, { leaf: message.id, order: "desc" });
    expect(data[0]).toMatchObject({ id: message.id, sibling_ids: [message.id, other.message.id] });
  });

  it("keeps users apart", async () => {
    const chatter = await open();
    const { conversation_id, run_id } = await chatter.chat("Hello", { userId: "ann" });
    const foreign = { userId: "bob" };
    const calls = [
      () => chatter.messages(conversation_id, foreign),
      () => chatter.chat({ message: "Hi", conversation_id }, foreign),
      () => chatter.cancel(run_id, foreign),
      () => chatter.deleteConversation(conversation_id, foreign),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect((await chatter.conversations()).data).toEqual([]);
    await chatter.deleteConversation(conversation_id, { userId: "ann" });
    expect((await chatter.conversations({ userId: "ann" })).data).toEqual([]);
  });

  it("answers the same key and request with the same run", async () => {
    const chatter = await open();
    const options = { idempotencyKey: "k1" };
    const [first, second] = [
      await chatter.chat("Hello", options),
      await chatter.chat("Hello", options),
    ];
    expect(second.run_id).toBe(first.run_id);
    await expect(chatter.chat("Other", options)).rejects.toMatchObject({
      code: "IDEMPOTENCY_MISMATCH",
    });
  });

  it("says what went wrong in a run", async () => {
    const chatter = await open(
      () => {
        throw new ProviderError("PROVIDER_ERROR", "scripted", "It fell over.");
      },
      { CHATTER_LOG_LEVEL: "silent" },
    );
    const failure = await chatter.chat("Hello").catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(RunFailedError);
    expect(failure).toMatchObject({ problem: { code: "PROVIDER_ERROR", detail: "It fell over." } });
  });

  it.each<[what: string, call: (chatter: Chatter) => Promise<unknown>, message: RegExp]>([
    ["an empty message", (chatter) => chatter.chat(""), /message: must have 1 to/],
    [
      "a field that means nothing here",
      (chatter) => chatter.chat({ message: "x", stream: true } as never),
      /stream: is not a known field/,
    ],
    ["a bad user", (chatter) => chatter.chat("x", { userId: "" }), /userId: must be 1 to 128/],
    ["a bad page", (chatter) => chatter.conversations({ limit: 0 }), /limit: /],
    [
      "a bad option of another answer",
      (chatter) => chatter.regenerate("msg_x", { temperature: 9 }),
      /temperature: /,
    ],
  ])("refuses %s", async (_what, call, message) => {
    const refusal = call(await open());
    await expect(refusal).rejects.toMatchObject({ code: "WORKFLOW_VALIDATION_ERROR" });
    await expect(refusal).rejects.toThrow(message);
  });
});

describe("whoever stops waiting", () => {
  it("leaves the run to go on", async () => {
    let finish = (): void => {};
    const waiting = new Promise<void>((resolve) => (finish = resolve));
    const chatter = await open(async function* () {
      yield { type: "text", text: "One" };
      await waiting;
      yield* textAnswer(" two");
    });
    await readFirstToken(chatter.stream("Count"));
    finish();
    const [conversation] = (await chatter.conversations()).data;
    await chatter.close();
    expect(conversation?.title).toBe("Count");
    expect(chatter.provider.openStreams()).toBe(0);
  });

  it.each<[how: string, leave: (chatter: Chatter) => Promise<unknown>]>([
    [
      "leaving the stream",
      (chatter) => readFirstToken(chatter.stream({ message: "Hi", on_disconnect: "cancel" })),
    ],
    [
      "aborting the stream",
      async (chatter) => {
        const abort = new AbortController();
        const request = { message: "Hi", on_disconnect: "cancel" } as const;
        for await (const { type } of chatter.stream(request, { signal: abort.signal })) {
          if (type === "token") abort.abort();
        }
      },
    ],
  ])("stops it where the request says so, by %s", async (_how, leave) => {
    const chatter = await open(stuck());
    await leave(chatter);
    await expect.poll(() => chatter.provider.openStreams()).toBe(0);
    const [conversation] = (await chatter.conversations()).data;
    await expect
      .poll(async () => (await chatter.messages(conversation?.id ?? "")).data.at(-1))
      .toMatchObject({ role: "assistant", status: "partial", content: "Well, let" });
  });

  it("stops it where the request says so, by aborting the wait", async () => {
    const abort = new AbortController();
    const chatter = await open(stuck(() => abort.abort(new Error("enough"))));
    const request = { message: "Hi", on_disconnect: "cancel" } as const;
    await expect(chatter.chat(request, { signal: abort.signal })).rejects.toThrow("enough");
    await expect.poll(() => chatter.provider.openStreams()).toBe(0);
  });

  it("can stop it by its id", async () => {
    const chatter = await open(stuck());
    const runId = await readFirstToken(chatter.stream("Hi"));
    await chatter.cancel(runId);
    await expect.poll(async () => (await chatter.cancel(runId)).status).toBe("cancelled");
  });
});

/** Lets temporary directories be made in one that is looked into; gives what there is in it. */
function watchTemporary(): () => string[] {
  const directory = ownDirectory();
  vi.stubEnv("TMPDIR", directory);
  onTestFinished(() => void vi.unstubAllEnvs());
  return () => readdirSync(directory);
}

describe("the database", () => {
  it("is a temporary one, gone when it is closed", async () => {
    const made = watchTemporary();
    const chatter = await createChatter({ providers: [createScriptedProvider(echo)] });
    expect(existsSync(join(tmpdir(), made()[0] ?? "", "chatter.db"))).toBe(true);
    await chatter.close();
    expect(made()).toEqual([]);
  });

  it("is gone as well when the options are wrong", async () => {
    const made = watchTemporary();
    const wrong: ChatterOptions[] = [
      { CHATTER_PORT: "x" },
      { tool: [] } as ChatterOptions,
      { defaults: { fallback_models: [{ provider: "none", model: "m" }] } },
    ];
    for (const options of wrong) {
      await expect(createChatter(options)).rejects.toMatchObject({ code: "WORKFLOW_CONFIG_ERROR" });
    }
    expect(made()).toEqual([]);
  });

  it("stays where a directory is named", async () => {
    const directory = ownDirectory();
    const first = await open(echo, { CHATTER_DATA_DIR: directory });
    const { conversation_id } = await first.chat("Hello");
    await first.close();
    const second = await open(echo, { environment: { CHATTER_DATA_DIR: directory } });
    expect((await second.messages(conversation_id)).data).toHaveLength(2);
  });

  it("belongs to one engine at a time", async () => {
    const directory = ownDirectory();
    await open(echo, { CHATTER_DATA_DIR: directory });
    await expect(createChatter({ CHATTER_DATA_DIR: directory })).rejects.toThrow(/Another Chatter/);
  });

  it("has what was not finished, for the next start", async () => {
    const directory = ownDirectory();
    const first = await open(stuck(), { CHATTER_DATA_DIR: directory, CHATTER_DRAIN_TIMEOUT: "0s" });
    await readFirstToken(first.stream("Hello"));
    await first.close();
    const second = await open(echo, { CHATTER_DATA_DIR: directory });
    const [conversation] = (await second.conversations()).data;
    await expect
      .poll(async () => (await second.messages(conversation?.id ?? "")).data.at(-1)?.content)
      .toBe("You said: Hello");
  });
});

describe("closing", () => {
  it("takes no more messages, and can be asked for twice", async () => {
    const chatter = await open(stuck());
    await readFirstToken(chatter.stream("Hello"));
    const closing = chatter.close();
    await expect(chatter.chat("Late")).rejects.toMatchObject({ code: "UNAVAILABLE" });
    const since = performance.now();
    await chatter.close();
    await closing;
    expect(performance.now() - since).toBeLessThan(5000);
    expect(chatter.provider.isClosed()).toBe(true);
  });
});

describe("providers of one's own", () => {
  it("stand in the place of those that settings describe, the first as the default", async () => {
    const [one, two] = ["one", "two"].map((name) =>
      createScriptedProvider(() => textAnswer(name), { name }),
    );
    if (!one || !two) throw new Error("There are two.");
    const chatter = await open(echo, { providers: [one, two] });
    expect((await chatter.chat("x")).message.content).toBe("one");
    expect((await chatter.chat({ message: "x", provider: "two" })).message.content).toBe("two");
    await expect(chatter.chat({ message: "x", provider: "offline" })).rejects.toThrow(
      /no provider "offline".*one, two/,
    );
  });

  it("may be chosen by CHATTER_PROVIDER, and must differ", async () => {
    const [one, two] = [
      createScriptedProvider(echo, { name: "one" }),
      createScriptedProvider(() => textAnswer("two"), { name: "two" }),
    ];
    const chatter = await open(echo, { providers: [one, two], CHATTER_PROVIDER: "two" });
    expect((await chatter.chat("x")).message.content).toBe("two");
    await expect(createChatter({ providers: [one], CHATTER_PROVIDER: "won" })).rejects.toThrow(
      /no provider "won"; did you mean "one"\?/,
    );
    await expect(createChatter({ providers: [one, one] })).rejects.toThrow(/name of its own/);
  });

  it("are not needed: without any the settings decide", async () => {
    const chatter = await open(echo, { providers: [], CHATTER_PROVIDER: "offline" });
    expect((await chatter.chat("Hello")).message.provider).toBe("offline");
  });
});

describe("a tool that a person has to agree to", () => {
  it("stops the waiting with an error, and goes on when somebody has decided", async () => {
    const asks: Script = ({ messages }) =>
      messages.at(-1)?.role === "tool"
        ? textAnswer(`It says: ${messages.at(-1)?.content}`)
        : toolCallAnswer([{ tool_call_id: "c1", name: "send", arguments: { to: "bob" } }]);
    const send = defineTool({
      name: "send",
      description: "Sends.",
      parameters: z.object({ to: z.string() }),
      effect: "outside",
      approval: "always",
      execute: ({ to }) => `sent to ${to}`,
    });
    const chatter = await open(asks, { tools: [send] });
    const request = { message: "Write to Bob.", workflow: "tools" };
    const error: unknown = await chatter.chat(request).catch((each: unknown) => each);
    if (!(error instanceof ApprovalNeededError)) throw new Error("Nobody was asked.");
    const { runId } = error;
    expect(await chatter.approvals(runId)).toMatchObject([{ name: "send", state: "waiting" }]);
    const wrong = { tool_call_id: "c1", decision: "approve", arguments: { to: 7 } } as const;
    await expect(chatter.decide(runId, wrong)).rejects.toThrow("arguments.to");
    const changed = { tool_call_id: "c1", decision: "approve", arguments: { to: "eve" } } as const;
    expect((await chatter.decide(runId, changed)).status).toBe("running");
    const events = await collect(chatter.events(runId));
    expect(events.at(-2)).toMatchObject({ type: "message", content: "It says: sent to eve" });
  });
});
