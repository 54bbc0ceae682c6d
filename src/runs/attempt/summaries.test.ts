import { describe, expect, it } from "vitest";
import { createScriptedProvider, hang, type Script, textAnswer } from "../../providers/scripted.ts";
import { LazyToolLoader } from "../../tools/lazy-tool-loader.ts";
import { WorkflowCache } from "../../workflow/cache.ts";
import { newId } from "../../workflow/ids.ts";
import type { Memory } from "../../workflow/ports/memory.ts";
import type { StoredRun } from "../../workflow/ports/stores/runs.ts";
import { planOf } from "../../workflow/testing/plans.ts";
import { remembering } from "../../workflow/testing/run.ts";
import { SummaryKeeper } from "./summaries.ts";

function runOf(changes: Partial<StoredRun> = {}): StoredRun {
  return {
    id: newId("run"),
    owner_id: "ann",
    conversation_id: newId("conv"),
    user_message_id: newId("msg"),
    message_id: null,
    branch_id: "br_1",
    regenerates: false,
    status: "completed",
    attempt: 1,
    crashes: 0,
    instance_id: "i1",
    stop: null,
    restart: null,
    workflow: "plain",
    workflow_template: null,
    plan: planOf({ enable_memory: true, memory_window: 7, model: "big", context_tokens: 4096 }),
    usage: null,
    error: null,
    last_seq: 0,
    created_at: new Date().toISOString(),
    started_at: null,
    finished_at: null,
    ...changes,
  };
}

/** A keeper whose memory asks one question a refresh; it keeps what happened. */
function keeperWith(script: Script) {
  const queries: unknown[] = [];
  const said: string[] = [];
  const setbacks: unknown[] = [];
  const memory: Memory = {
    ...remembering(),
    refresh: async (query, ask) => {
      queries.push(query);
      said.push(await ask([{ role: "user", content: "Sum it up." }]));
      return true;
    },
  };
  const provider = createScriptedProvider(script);
  const keeper = new SummaryKeeper({
    memory,
    workflows: {
      providerFor: () => provider,
      tools: new LazyToolLoader(),
      middleware: [],
      definitions: new Map(),
      cache: new WorkflowCache(),
    },
    onSetback: (error) => setbacks.push(error),
  });
  return { keeper, provider, queries, said, setbacks };
}

/** Lets everything that is under way and waits for nothing come to its end. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 5);
  });
}

describe("summaries behind an answer", () => {
  it("are asked of the run's own model, about the branch that ends with the answer", async () => {
    const { keeper, provider, queries, said } = keeperWith(() => textAnswer("In short."));
    const run = runOf();
    keeper.begin(run, "msg_answer");
    await settle();
    expect(queries).toEqual([
      {
        userId: "ann",
        conversationId: run.conversation_id,
        leafId: "msg_answer",
        window: 7,
        promptTokens: 4096 - 1024,
      },
    ]);
    expect(said).toEqual(["In short."]);
    expect(provider.requests).toEqual([
      {
        model: "big",
        messages: [{ role: "user", content: "Sum it up." }],
        tools: [],
        temperature: null,
        max_tokens: 1024,
      },
    ]);
  });

  it("are made only where the run's plan wants memory", async () => {
    const { keeper, queries } = keeperWith(() => textAnswer("In short."));
    keeper.begin(runOf({ plan: planOf({ enable_memory: false }) }), "msg_answer");
    await settle();
    expect(queries).toEqual([]);
  });

  it("are made one at a time in a conversation, and beside each other in several", async () => {
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    const { keeper, queries, said } = keeperWith(async function* () {
      await opened;
      yield* textAnswer("In short.");
    });
    const run = runOf();
    keeper.begin(run, "msg_1");
    keeper.begin(runOf({ conversation_id: run.conversation_id }), "msg_2");
    keeper.begin(runOf(), "msg_3");
    await settle();
    expect(queries).toMatchObject([{ leafId: "msg_1" }, { leafId: "msg_3" }]);
    open();
    await settle();
    expect(said).toHaveLength(2);
    keeper.begin(run, "msg_4");
    await settle();
    expect(queries).toHaveLength(3);
  });

  it("that fail are told of, and the next one is made", async () => {
    const gone = new Error("gone");
    const { keeper, said, setbacks } = keeperWith((_request, index) => {
      if (index === 0) throw gone;
      return textAnswer("In short.");
    });
    const run = runOf();
    keeper.begin(run, "msg_1");
    await settle();
    expect(setbacks).toEqual([gone]);
    keeper.begin(run, "msg_2");
    await settle();
    expect(said).toEqual(["In short."]);
  });

  it("end when the server stops, which is no setback, and none is begun after that", async () => {
    const { keeper, provider, queries, said, setbacks } = keeperWith(
      async function* (_request, _index, signal) {
        yield { type: "text", text: "In sh" };
        await hang(signal);
      },
    );
    keeper.begin(runOf(), "msg_1");
    await settle();
    expect(provider.openStreams()).toBe(1);
    await keeper.stop();
    expect(provider.openStreams()).toBe(0);
    keeper.begin(runOf(), "msg_2");
    await settle();
    expect([queries.length, said, setbacks]).toEqual([1, [], []]);
  });
});
