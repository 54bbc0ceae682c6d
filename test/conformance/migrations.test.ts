/** Databases of other versions: an older one is brought up to date with all that is in it, a newer one is refused. */
import { type Kysely, sql } from "kysely";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Conversation } from "../../src/contract/conversations.ts";
import { RunEvent } from "../../src/contract/events.ts";
import { Key } from "../../src/contract/keys.ts";
import { Message } from "../../src/contract/messages.ts";
import { Run } from "../../src/contract/runs.ts";
import { createScriptedProvider, textAnswer } from "../../src/providers/scripted.ts";
import { toWireMessage } from "../../src/runs/attempt/answer.ts";
import { toWireRun } from "../../src/runs/response.ts";
import { composeTestEngine } from "../../src/runs/testing/engine.ts";
import type { Schema } from "../../src/storage/schema.ts";
import { newId } from "../../src/workflow/ids.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import { eventually } from "../support/api.ts";
import { ENGINES } from "../support/engines.ts";
import { type OldDatabase, openOldDatabase } from "../support/old-database.ts";
import { OWNER } from "./records.ts";

/** Long ago: longer than some columns would hold as a span. */
const MADE_AT = Date.parse("2026-01-02T03:04:05.678Z");

/** A plan as version 0.1 wrote it. */
const OLD_PLAN = {
  workflow: "plain",
  workflow_template: null,
  provider: "openai",
  model: "gpt",
  temperature: 0.5,
  max_tokens: null,
  system_message: "Be 'kind'. 🎈",
  enable_memory: false,
  memory_window: 20,
  retrieval: null,
  tools: null,
  on_disconnect: "continue",
  metadata: { team: "red" },
};

/** The one of the run that has ended: it searched. */
const OLD_SEARCH = {
  retriever: "default",
  document_ids: null,
  max_documents: 5,
  similarity_threshold: null,
};

const USAGE = {
  input_tokens: 3,
  output_tokens: 2,
  total_tokens: 5,
  cached_input_tokens: null,
  reasoning_tokens: null,
  cost_usd: null,
  model_calls: 1,
  tool_calls: 0,
};

const IDS = {
  conversation: newId("conv"),
  question: newId("msg"),
  answer: newId("msg"),
  waiting: newId("msg"),
  ended: newId("run"),
  queued: newId("run"),
  key: newId("key"),
};

async function writeConversation(db: Kysely<Schema>): Promise<void> {
  await sql`insert into conversations (id, owner_id, title, system_prompt, provider, model, metadata, last_seq,
      message_count, created_at, updated_at)
    values (${IDS.conversation}, ${OWNER}, 'Old', 'Be brief.', 'openai', 'gpt', '{"team":"red"}', 3, 3,
      ${MADE_AT}, ${MADE_AT})`.execute(db);
  const messages = [
    { id: IDS.question, parent: null, role: "user", content: "Why?", run: IDS.ended },
    { id: IDS.answer, parent: IDS.question, role: "assistant", content: "So.", run: IDS.ended },
    { id: IDS.waiting, parent: IDS.answer, role: "user", content: "And?", run: IDS.queued },
  ];
  for (const [index, { id, parent, role, content, run }] of messages.entries()) {
    const usage = role === "assistant" ? JSON.stringify(USAGE) : null;
    await sql`insert into messages (id, owner_id, conversation_id, seq, parent_id, branch_id, run_id, role, content,
        status, usage, metadata, created_at)
      values (${id}, ${OWNER}, ${IDS.conversation}, ${index + 1}, ${parent}, 'br_1', ${run}, ${role}, ${content},
        'complete', ${usage}, '{}', ${MADE_AT})`.execute(db);
  }
}

async function writeRuns(db: Kysely<Schema>): Promise<void> {
  const runs = [
    { id: IDS.ended, question: IDS.question, answer: IDS.answer, status: "completed", attempt: 1 },
    { id: IDS.queued, question: IDS.waiting, answer: null, status: "queued", attempt: 0 },
  ];
  for (const { id, question, answer, status, attempt } of runs) {
    const ended = answer === null ? null : MADE_AT;
    const usage = answer === null ? null : JSON.stringify(USAGE);
    const plan = answer === null ? OLD_PLAN : { ...OLD_PLAN, retrieval: OLD_SEARCH };
    await sql`insert into runs (id, owner_id, conversation_id, user_message_id, message_id, branch_id, regenerates,
        status, attempt, crashes, plan, usage, last_seq, created_at, started_at, finished_at)
      values (${id}, ${OWNER}, ${IDS.conversation}, ${question}, ${answer}, 'br_1', 0,
        ${status}, ${attempt}, 0, ${JSON.stringify(plan)}, ${usage}, ${attempt * 2}, ${MADE_AT}, ${ended},
        ${ended})`.execute(db);
  }
  const lines = [
    { type: "token", content: "So.", node: "model" },
    { type: "end", status: "completed", message_id: IDS.answer },
  ].map((event) => JSON.stringify(event));
  await sql`insert into run_events (run_id, attempt, first_seq, last_seq, lines)
    values (${IDS.ended}, 1, 1, 2, ${lines.join("\n")})`.execute(db);
}

async function writeKeys(db: Kysely<Schema>): Promise<void> {
  await sql`insert into api_keys (id, owner_id, name, hash, prefix, scopes, created_at)
    values (${IDS.key}, ${OWNER}, 'laptop', 'hash', 'ck_12345', 'read write', ${MADE_AT})`.execute(
    db,
  );
  await sql`insert into idempotency_keys (owner_id, key, request_hash, run_id, created_at)
    values (${OWNER}, 'once', 'hash', ${IDS.ended}, ${MADE_AT})`.execute(db);
}

describe.each(ENGINES)("a database of another version on $name", (engine) => {
  let old: OldDatabase;
  const stores: Store[] = [];
  beforeEach(async () => {
    old = await openOldDatabase(engine.name);
  });
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
    await old.dispose();
  });

  async function open(): Promise<Store> {
    const store = await old.open();
    stores.push(store);
    return store;
  }

  describe("of version 0.1", () => {
    beforeEach(() =>
      old.direct(async (db) => {
        await writeConversation(db);
        await writeRuns(db);
        await writeKeys(db);
      }),
    );

    test("has its conversations, with no parameters of their own", async () => {
      const store = await open();
      const conversation = await store.conversations.get(OWNER, IDS.conversation);
      expect(Conversation.parse(conversation)).toEqual(conversation);
      expect(conversation).toMatchObject({
        title: "Old",
        system_prompt: "Be brief.",
        workflow_config: {},
        metadata: { team: "red" },
        message_count: 3,
        created_at: "2026-01-02T03:04:05.678Z",
      });
      expect((await store.conversations.list(OWNER, { limit: 10 })).data).toEqual([conversation]);
    });

    test("has its messages, on their branch", async () => {
      const store = await open();
      const messages = await store.messages.window(OWNER, IDS.waiting, 10);
      expect(messages.map(({ content }) => content)).toEqual(["Why?", "So.", "And?"]);
      for (const message of messages) {
        expect(Message.parse(toWireMessage(message))).toEqual(toWireMessage(message));
      }
      expect(messages[1]?.usage).toEqual(USAGE);
      expect(await store.summaries.nearest(OWNER, IDS.waiting, 10)).toBeNull();
    });

    test("has its runs, whose plans say all that newer ones say", async () => {
      const store = await open();
      const { data } = await store.runs.list(OWNER, { limit: 10 });
      expect(data.map(({ id }) => id)).toEqual([IDS.queued, IDS.ended]);
      for (const run of data) {
        expect(Run.parse(toWireRun(run))).toEqual(toWireRun(run));
        expect(run.plan).toEqual({
          ...OLD_PLAN,
          retrieval: run.id === IDS.ended ? { ...OLD_SEARCH, required: true } : null,
          template_version: null,
          profile_id: null,
          profile_version: null,
          fallback_models: [],
          context_tokens: 16_384,
          a_b_test_group: null,
        });
      }
    });

    test("has its events and keys", async () => {
      const store = await open();
      const [batch] = await store.events.read(IDS.ended, 1, 0, 10);
      const events = batch?.lines.split("\n").map((line): unknown => JSON.parse(line)) ?? [];
      expect(events.map((event) => RunEvent.parse(event))).toEqual(events);
      expect(events).toHaveLength(2);
      const key = await store.keys.findByHash("hash");
      expect(Key.parse(key)).toEqual(key);
      expect(key).toMatchObject({ id: IDS.key, user_id: OWNER, scopes: ["read", "write"] });
      expect(await store.idempotency.find(OWNER, "once")).toEqual({
        requestHash: "hash",
        runId: IDS.ended,
      });
    });

    test("goes on where it was left: what was queued runs, and answers below what was said", async () => {
      const store = await open();
      const provider = createScriptedProvider(() => textAnswer("Because."));
      const workflow = composeTestEngine(store, { provider });
      await workflow.start();
      await eventually("the end of the old run", async () => {
        return (await store.runs.get(OWNER, IDS.queued))?.status === "completed";
      });
      await workflow.stop();
      expect(provider.requests[0]?.messages).toEqual([
        { role: "system", content: OLD_PLAN.system_message },
        { role: "user", content: "Why?" },
        { role: "assistant", content: "So." },
        { role: "user", content: "And?" },
      ]);
      const newest = await store.messages.newest(OWNER, IDS.conversation);
      expect(newest).toMatchObject({ content: "Because.", parent_id: IDS.waiting });
      expect(workflow.failures).toEqual([]);
    });

    test("is changed once, and then opens as it is", async () => {
      await (await old.open()).close();
      const before = await old.direct((db) => db.selectFrom("runs").selectAll().execute());
      const store = await open();
      await store.ping();
      await store.close();
      stores.pop();
      expect(await old.direct((db) => db.selectFrom("runs").selectAll().execute())).toEqual(before);
    });

    test.runIf(engine.name === "postgres")(
      "is changed once by servers that start together",
      async () => {
        const opened = await Promise.all([open(), open(), open()]);
        for (const store of opened) {
          expect(await store.conversations.get(OWNER, IDS.conversation)).not.toBeNull();
        }
      },
    );
  });

  test("of a newer one is refused with what to do, and is left as it is", async () => {
    const add = sql`insert into kysely_migration (name, timestamp) values ('0999-later', '2027-01-01')`;
    const remove = sql`delete from kysely_migration where name = '0999-later'`;
    await old.direct((db) => add.execute(db));
    await expect(old.open()).rejects.toMatchObject({
      code: "WORKFLOW_CONFIG_ERROR",
      message: expect.stringMatching(
        /newer version of Chatter.*0999-later.*Start that version/,
      ) as string,
    });
    await old.direct((db) => remove.execute(db));
    // Nothing was changed, and nothing holds it: it opens as before.
    await (await open()).ping();
  });
});
