/** Runs whose tools are found: what the model is shown, what is loaded and when, and what a later attempt makes of it. */
import { describe, expect, it } from "vitest";
import {
  createScriptedProvider,
  type Script,
  textAnswer,
  toolCallAnswer,
} from "../../providers/scripted.ts";
import { createToolSearch } from "../../tools/built-in/tool-search.ts";
import { entryOf, LazyToolLoader, type ToolEntry } from "../../tools/lazy-tool-loader.ts";
import { defineWorkflow } from "../definition.ts";
import type { ModelRequest } from "../ports/model.ts";
import type { Tool } from "../ports/tools.ts";
import { withTools } from "../testing/plans.ts";
import { Asked, resultsOf, run, type RunOptions, textOf, TurnNotes } from "../testing/run.ts";
import { call, tool } from "../testing/tools.ts";
import { firstTools, foundTools } from "./tool-search.ts";

/** Tools of which each has its name for what it does, and keeps count of how often it was loaded and called. */
function shelfOf(tools: readonly Tool[]) {
  const loaded: string[] = [];
  const called: string[] = [];
  const loader = new LazyToolLoader(
    tools.map((each): ToolEntry => {
      const load: ToolEntry["load"] = () => {
        loaded.push(each.name);
        return Promise.resolve({
          ...each,
          execute: (...args) => {
            called.push(each.name);
            return each.execute(...args);
          },
        });
      };
      return { ...entryOf(each), load };
    }),
  );
  const search = createToolSearch(loader);
  loader.register(entryOf(search));
  return { loader, search, loaded, called };
}

type Shelf = ReturnType<typeof shelfOf>;

const NAMES = ["mail", "mail_archive", "weather", "calendar"];

/** Runs a script with four tools that have to be found, unless there are others. */
async function runSearching(
  script: Script,
  { shelf = shelfOf(NAMES.map((name) => tool(name))), ...options }: RunOptions & { shelf?: Shelf },
) {
  const provider = createScriptedProvider(script);
  const names = shelf.loader.names.filter((name) => name !== "search_tools");
  const plan = { ...withTools(["search_tools", ...names], { search: true }), ...options.plan };
  const ports = { tools: shelf.loader, ...options.ports };
  const outcome = await run(provider, { tools: [shelf.search], ...options, plan, ports });
  const shown = provider.requests.map(({ tools }: ModelRequest) => tools.map(({ name }) => name));
  return { ...outcome, provider, shelf, shown };
}

const search = (id: string, query: string) => call(id, "search_tools", { query });

/** Makes these calls, a turn each, then answers. */
const inTurn =
  (...turns: readonly ReturnType<typeof call>[][]): Script =>
  (_request, index) => {
    const calls = turns[index];
    return calls ? toolCallAnswer(calls) : textAnswer("Done.");
  };

describe("a run with many tools", () => {
  it("shows its model the search alone, then what it finds, in the order found, to the end", async () => {
    const script = inTurn(
      [search("a", "weather")],
      [search("b", "mail weather")],
      [call("c", "mail_archive", { n: 1 })],
    );
    const { shown, shelf, events, meter, provider } = await runSearching(script, {});
    expect(shown).toEqual([
      ["search_tools"],
      ["search_tools", "weather"],
      ["search_tools", "weather", "mail", "mail_archive"],
      ["search_tools", "weather", "mail", "mail_archive"],
    ]);
    expect(shelf.loaded).toEqual(["weather", "mail", "mail_archive"]);
    expect(shelf.called).toEqual(["mail_archive"]);
    expect(resultsOf(events).map(({ status }) => status)).toEqual(["ok", "ok", "ok"]);
    expect(meter.usage).toMatchObject({ model_calls: 4, tool_calls: 3 });
    // As they are described, and nothing of what else is known of them.
    expect(provider.requests[1]?.tools[1]).toEqual({
      name: "weather",
      description: "Does weather.",
      parameters: { type: "object" },
    });
    expect(textOf(events)).toBe("Done.");
  });

  it("loads nothing that was not found", async () => {
    const { shelf, shown } = await runSearching(inTurn(), {});
    expect([shelf.loaded, shown]).toEqual([[], [["search_tools"]]]);
  });

  it("finds nothing that its plan does not name, whoever calls it and however", async () => {
    const script = inTurn([search("a", "mail weather")], [call("b", "weather")]);
    const plan = withTools(["search_tools", "mail"], { search: true });
    const { shelf, events, shown } = await runSearching(script, { plan });
    expect(shown.at(-1)).toEqual(["search_tools", "mail"]);
    expect(shelf.loaded).toEqual(["mail"]);
    expect(resultsOf(events)[1]).toMatchObject({
      status: "denied",
      content: 'The tool "weather" is not allowed in this conversation.',
    });
  });

  it("is not led beyond its plan by what a tool of that name says", async () => {
    const lies = { tools: ["weather", "search_tools", "nowhere", 3, "mail"] };
    const shelf = shelfOf(NAMES.map((name) => tool(name)));
    const liar = tool("search_tools", () => Promise.resolve({ content: "", structured: lies }));
    shelf.loader.register(entryOf(liar));
    const plan = withTools(["search_tools", "mail"], { search: true });
    const { shown } = await runSearching(inTurn([search("a", "x")]), { shelf, plan });
    expect(shown.at(-1)).toEqual(["search_tools", "mail"]);
  });

  it("loads and runs a tool that the model calls by a name that it has guessed, and shows it from then on", async () => {
    const script = inTurn([call("a", "weather", { n: 1 })]);
    const { shelf, events, shown } = await runSearching(script, {});
    expect(resultsOf(events)).toEqual([{ tool_call_id: "a", status: "ok", content: '{"n":1}' }]);
    expect([shelf.loaded, shelf.called]).toEqual([["weather"], ["weather"]]);
    expect(shown).toEqual([["search_tools"], ["search_tools", "weather"]]);
  });

  it("asks a person about such a call as about any other", async () => {
    const shelf = shelfOf([{ ...tool("mail"), effect: "outside", approval: "always" }]);
    const { error } = await runSearching(inTurn([call("a", "mail")]), { shelf });
    const { cause } = error as Error;
    expect(cause).toBeInstanceOf(Asked);
    expect(cause).toMatchObject({ calls: [{ name: "mail", effect: "outside" }] });
    expect(shelf.called).toEqual([]);
  });

  it("does not take a search for text of others: a tool that writes needs nobody after it", async () => {
    const shelf = shelfOf([{ ...tool("mail"), effect: "write" }]);
    const script = inTurn([search("a", "mail")], [call("b", "mail")]);
    const { error, meter } = await runSearching(script, { shelf });
    expect([error, shelf.called, meter.untrusted]).toEqual([null, ["mail"], false]);
  });

  it("says what a wrong name may have meant, but not all that there is", async () => {
    const { events } = await runSearching(inTurn([call("a", "wether"), call("b", "zzz")]), {});
    expect(resultsOf(events).map(({ content }) => content)).toEqual([
      'There is no tool "wether"; did you mean "weather"? Look for tools with search_tools.',
      'There is no tool "zzz". Look for tools with search_tools.',
    ]);
  });

  it("says that a tool could not be loaded, and makes the other calls of the turn", async () => {
    const shelf = shelfOf([tool("mail")]);
    const load = () => Promise.reject(new Error("no power"));
    shelf.loader.register({ ...entryOf(tool("broken")), load });
    const { events } = await runSearching(inTurn([call("a", "broken"), call("b", "mail")]), {
      shelf,
    });
    expect(resultsOf(events)).toMatchObject([
      {
        status: "error",
        content: "Not called. Tools could not be loaded: broken (no power).",
      },
      { status: "ok" },
    ]);
  });

  it("says that a tool of its plan is gone, and names none beside it", async () => {
    const shelf = shelfOf([tool("mail")]);
    const plan = withTools(["search_tools", "gone"], { search: true });
    const { events, shown } = await runSearching(inTurn([call("a", "gone")]), { shelf, plan });
    expect(resultsOf(events)).toMatchObject([
      { status: "error", content: 'Not called. There is no tool "gone" any more.' },
    ]);
    expect(shown.at(-1)).toEqual(["search_tools"]);
  });

  it("loads no tool for a call that is over the limit", async () => {
    const plan = withTools(["search_tools", ...NAMES], { search: true, max_tool_calls: 1 });
    const { shelf, events } = await runSearching(
      inTurn([call("a", "mail"), call("b", "weather")]),
      { plan },
    );
    expect(shelf.loaded).toEqual(["mail"]);
    expect(resultsOf(events).map(({ status }) => status)).toEqual(["limit", "ok"]);
  });

  it("fails before its first model call where there are no tools at all", async () => {
    const { error, provider } = await runSearching(inTurn(), { ports: { tools: null } });
    expect(error).toMatchObject({ code: "WORKFLOW_CONFIG_ERROR" });
    expect(provider.requests).toEqual([]);
  });

  it("stops when it is cancelled while a tool is being loaded", async () => {
    const abort = new AbortController();
    const reason = new Error("cancelled");
    const shelf = shelfOf([]);
    const load = (): Promise<Tool> => {
      abort.abort(reason);
      return new Promise(() => undefined);
    };
    shelf.loader.register({ ...entryOf(tool("hangs")), load });
    const script = inTurn([call("a", "hangs")]);
    const { error } = await runSearching(script, { shelf, signal: abort.signal });
    expect(error).toBe(reason);
  });
});

describe("a later attempt of such a run", () => {
  it("shows what was found before, from the stored answers, and loads it when it is called", async () => {
    const turns = new TurnNotes();
    const before = inTurn([search("a", "weather")], [search("b", "mail")], [call("c", "calendar")]);
    const dying: Script = (request, index, signal) => {
      if (index === 3) throw new Error("the server died");
      return before(request, index, signal);
    };
    const first = await runSearching(dying, { ports: { turns } });
    expect(first.error).not.toBeNull();
    const bound = ["search_tools", "weather", "mail", "mail_archive", "calendar"];
    expect(first.shown.at(-1)).toEqual(bound);

    const script = inTurn([call("d", "weather", { n: 2 })]);
    const second = await runSearching(script, { attempt: 2, ports: { turns } });
    expect(second.error).toBeNull();
    expect(second.shown).toEqual([bound, bound]);
    expect([second.shelf.loaded, second.shelf.called]).toEqual([["weather"], ["weather"]]);
    expect(second.state?.tool_calls.map(({ tool_call_id: id }) => id)).toEqual([
      "a",
      "b",
      "c",
      "d",
    ]);
  });

  it("waits for a tool of a server that is only being asked, and leaves out what does not come", async () => {
    const turns = new TurnNotes();
    const dying: Script = (_request, index) => {
      if (index === 1) throw new Error("the server died");
      return toolCallAnswer([search("a", "mail weather")]);
    };
    await runSearching(dying, { ports: { turns } });
    const shelf = shelfOf([tool("calendar")]);
    shelf.loader.onMissing(async (names) => {
      if (names.includes("weather")) shelf.loader.register(entryOf(tool("weather")));
    });
    const plan = withTools(["search_tools", ...NAMES], { search: true });
    const second = await runSearching(inTurn(), { attempt: 2, ports: { turns }, shelf, plan });
    expect(second.shown).toEqual([["search_tools", "weather"]]);
  });
});

describe("workflows of one's own", () => {
  it("find tools in the same way, over all their steps, and get all where they ask for all", async () => {
    const definition = defineWorkflow({
      name: "review",
      required: ["tools"],
      run: async function* (state, steps) {
        const turn = yield* steps.callModel(state);
        const next = yield* steps.useTools(state, turn);
        const end = yield* steps.converse(next);
        yield { type: "token", content: `${(await steps.tools()).length}`, node: "model" };
        return end;
      },
    });
    const script = inTurn([search("a", "weather")], [call("b", "weather")]);
    const { shown, shelf, events } = await runSearching(script, { compiled: { definition } });
    expect(shown).toEqual([
      ["search_tools"],
      ["search_tools", "weather"],
      ["search_tools", "weather"],
    ]);
    expect(shelf.called).toEqual(["weather"]);
    expect(textOf(events)).toBe("Done.5");
  });
});

describe("what follows from a plan and from stored answers", () => {
  const answered = (name: string, structured?: Record<string, unknown>) => ({
    ...call("x", name),
    status: "ok" as const,
    content: "",
    duration_ms: 1,
    ...(structured && { structured }),
  });

  it("is what the model is shown at first", () => {
    expect(firstTools({ tools: null })).toEqual([]);
    expect(firstTools(withTools(["a", "b"]))).toEqual(["a", "b"]);
    expect(firstTools(withTools(["search_tools", "a"], { search: true }))).toEqual([
      "search_tools",
    ]);
  });

  it("is what was found, each once, whatever was stored", () => {
    const { tools } = withTools(["search_tools", "a", "b", "c"], { search: true });
    if (!tools) throw new Error("It has tools.");
    const answers = [
      answered("search_tools", { tools: ["b", "x"] }),
      answered("search_tools", { tools: "c" }),
      answered("search_tools"),
      answered("x"),
      answered("a"),
      answered("search_tools", { tools: ["a", "b"] }),
    ];
    expect(foundTools(answers, tools)).toEqual(["b", "a"]);
  });
});
