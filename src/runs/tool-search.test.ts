/** Runs with sixty tools, which are found: from any server, across its death and a person's decision. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../../test/support/api.ts";
import { ENGINES } from "../../test/support/engines.ts";
import {
  createScriptedProvider,
  hang,
  type Script,
  type ScriptedProvider,
  textAnswer,
  toolCallAnswer,
} from "../providers/scripted.ts";
import { entryOf, type ToolEntry } from "../tools/lazy-tool-loader.ts";
import type { Store } from "../workflow/ports/store.ts";
import type { StoredRun } from "../workflow/ports/stores/runs.ts";
import type { Tool } from "../workflow/ports/tools.ts";
import { call, tool } from "../workflow/testing/tools.ts";
import { composeTestEngine, type TestEngine } from "./testing/engine.ts";

const COUNT = 60;

const search = (id: string, query: string) => call(id, "search_tools", { query, limit: 2 });

/** What the model was shown in each of its turns. */
const shownTo = ({ requests }: ScriptedProvider): string[][] =>
  requests.map(({ tools }) => tools.map(({ name }) => name));

describe.each(ENGINES)("a run with sixty tools, on $name", (engine) => {
  let store: Store;
  let dispose: () => Promise<void>;
  let engines: TestEngine[];
  let loaded: string[];
  let called: string[];
  beforeEach(async () => {
    ({ store, dispose } = await engine.openStore());
    [engines, loaded, called] = [[], [], []];
  });
  afterEach(async () => {
    await engines.pop()?.stop();
    // What the dead ones were at has nobody to wait for it.
    for (const each of engines) await each.executor.handOver();
    await dispose();
  });

  /** Sixty tools, `send_mail` last, that keep count of how often they are made and called. */
  function entries(): ToolEntry[] {
    const names = Array.from({ length: COUNT - 1 }, (_, n) => `shelf_${n + 1}__item`);
    return [...names, "send_mail"].map((name): ToolEntry => {
      const plain = tool(name, () => {
        called.push(name);
        return Promise.resolve(`did ${name}`);
      });
      const made: Tool =
        name === "send_mail" ? { ...plain, effect: "outside", approval: "always" } : plain;
      const load: ToolEntry["load"] = () => {
        loaded.push(name);
        return Promise.resolve(made);
      };
      return { ...entryOf(made), load };
    });
  }

  /** Starts a server; the one before is taken for dead. */
  async function start(script: Script) {
    await engines.at(-1)?.die();
    const provider = createScriptedProvider(script);
    const parts = { provider, entries: entries(), toolSearchAbove: 30 };
    const started = composeTestEngine(store, parts);
    await started.start();
    engines.push(started);
    return { service: started.service, cache: started.cache, provider };
  }

  type Server = Awaited<ReturnType<typeof start>>;

  async function begin(on: Server, user = "ann", options: object = {}): Promise<StoredRun> {
    const request = { message: "Do it.", workflow: "tools", ...options };
    return (await on.service.send(user, request, null)).run;
  }

  function reached(run: StoredRun, status: StoredRun["status"]): Promise<StoredRun> {
    return eventually(`status ${status}`, async () => {
      const found = await store.runs.get(run.owner_id, run.id);
      return found?.status === status && found;
    });
  }

  it("shows the search alone, loads what it finds, and keeps it from other runs and users", async () => {
    const server = await start(({ messages }) => {
      const results = messages.filter(({ role }) => role === "tool");
      if (results.length === 0)
        return toolCallAnswer([search("a", "shelf 7"), search("b", "mail")]);
      if (results.length === 2) return toolCallAnswer([call("c", "shelf_7__item")]);
      return textAnswer("Done.");
    });
    await reached(await begin(server), "completed");
    const [first, then, last] = shownTo(server.provider);
    expect(first).toEqual(["search_tools"]);
    expect(then).toEqual(["search_tools", "shelf_7__item", "shelf_1__item", "send_mail"]);
    expect(last).toEqual(then);
    expect(loaded.toSorted()).toEqual(["send_mail", "shelf_1__item", "shelf_7__item"]);
    expect(called).toEqual(["shelf_7__item"]);

    await reached(await begin(server, "bob"), "completed");
    expect(shownTo(server.provider)[3]).toEqual(["search_tools"]);
    expect(server.cache.statistics).toMatchObject({ hits: 1, misses: 1, size: 1 });
  });

  it("finds nothing that the request did not allow", async () => {
    const server = await start(({ messages }) =>
      messages.at(-1)?.role === "tool"
        ? textAnswer("Done.")
        : toolCallAnswer([search("a", "send_mail"), call("b", "send_mail")]),
    );
    const allowed_tools = Array.from({ length: 40 }, (_, n) => `shelf_${n + 1}__item`);
    const run = await reached(await begin(server, "ann", { allowed_tools }), "completed");
    expect(shownTo(server.provider)).toEqual([["search_tools"], ["search_tools"]]);
    expect([loaded, called]).toEqual([[], []]);
    const answer = await store.messages.get("ann", run.message_id ?? "");
    expect(answer?.tool_calls).toMatchObject([
      { status: "ok", structured: { searched: 40, tools: [] } },
      { status: "denied" },
    ]);
  });

  it("is shown by the next server what the one that died had found, which loads it when it is called", async () => {
    const dying = await start((_request, index, signal) => {
      if (index === 0) return toolCallAnswer([search("a", "shelf_9__item")]);
      if (index === 1) return toolCallAnswer([search("b", "shelf_3__item")]);
      return (async function* () {
        yield { type: "text", text: "Never seen again." } as const;
        await hang(signal);
      })();
    });
    const run = await begin(dying);
    await eventually("the third turn", () => dying.provider.requests.length === 3);
    const found = shownTo(dying.provider)[2] ?? [];
    expect(found.slice(0, 2)).toEqual(["search_tools", "shelf_9__item"]);
    expect(found).toContain("shelf_3__item");

    loaded = [];
    const next = await start(({ messages }) =>
      messages.filter(({ role }) => role === "tool").length === 2
        ? toolCallAnswer([call("c", "shelf_3__item")])
        : textAnswer("Done."),
    );
    expect(await reached(run, "completed")).toMatchObject({ attempt: 2 });
    expect(shownTo(next.provider)).toEqual([found, found]);
    expect([loaded, called]).toEqual([["shelf_3__item"], ["shelf_3__item"]]);
  });

  it("goes on after an approval with what it had found, and calls that once", async () => {
    const asking = await start((_request, index) =>
      index === 0
        ? toolCallAnswer([search("a", "mail"), search("b", "shelf_2__item")])
        : toolCallAnswer([call("c", "send_mail")]),
    );
    const run = await begin(asking);
    await reached(run, "waiting");
    const found = shownTo(asking.provider)[1];
    expect([found?.[0], called]).toEqual(["search_tools", []]);

    loaded = [];
    const next = await start(() => textAnswer("Sent."));
    const decision = { tool_call_id: "c", decision: "approve" } as const;
    await next.service.decide("ann", run.id, decision, "key_1");
    await reached(run, "completed");
    expect(shownTo(next.provider)).toEqual([found]);
    expect([loaded, called]).toEqual([["send_mail"], ["send_mail"]]);
  });
});
