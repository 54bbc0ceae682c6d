/** Sixty tools of a configuration, over HTTP: the model finds those that it needs, also across a kill. */
import { describe, expect, it } from "vitest";
import { WorkflowCheck } from "../../src/contract/runs.ts";
import { listOf } from "../../src/contract/text.ts";
import { ToolCallAnswer, ToolInfo } from "../../src/contract/tools.ts";
import {
  answerSteps,
  callSteps,
  chunk,
  HANG,
  MODEL_LIST,
  startStubUpstream,
} from "../../src/providers/testing/stub-upstream.ts";
import { tool } from "../../src/workflow/testing/tools.ts";
import type { Api } from "../support/api.ts";
import { ENGINES } from "../support/engines.ts";
import { useServer } from "../support/in-process.ts";
import { only } from "../support/sse.ts";
import { useSuccession } from "../support/succession.ts";

/** Sixty tools that write down their calls. */
const CONFIG = `
  import { appendFileSync } from "node:fs";
  const tools = Array.from({ length: 60 }, (_, n) => ({
    name: "room_" + (n + 1) + "__light",
    description: "Switches the light of a room.",
    parameters: { type: "object", properties: { on: { type: "boolean" } } },
    effect: "write",
    execute: async (args) => {
      appendFileSync("calls.txt", n + 1 + "\\n");
      return "on";
    },
  }));
  export default { tools };
`;

/** A model that looks for a tool, hangs until it may go on, then calls what it has found; keeps what it was shown. */
async function startModel() {
  const shown: string[][] = [];
  let goesOn = false;
  const upstream = await startStubUpstream(({ path, body }) => {
    if (path.endsWith("/models")) return MODEL_LIST;
    const { messages, tools = [] } = body as {
      messages: { role: string }[];
      tools?: { function: { name: string } }[];
    };
    shown.push(tools.map((each) => each.function.name));
    const results = messages.filter(({ role }) => role === "tool").length;
    const search = { query: "room_42__light", limit: 1 };
    if (results === 0)
      return { steps: callSteps({ id: "c1", name: "search_tools", arguments: search }) };
    if (!goesOn) return { steps: [chunk({ content: "Never seen again." }), HANG] };
    const light = { id: "c2", name: "room_42__light", arguments: { on: true } };
    return { steps: results === 1 ? callSteps(light) : answerSteps("Done.") };
  });
  const goOn = (): void => {
    goesOn = true;
  };
  return { upstream, shown, goOn };
}

const TOOLS = { workflow: "tools" };

describe.each(ENGINES)("many tools on $name", (engine) => {
  const house = useSuccession(engine, CONFIG);

  it("are found, bound and called, and bound again by the next server after a kill", async () => {
    const model = await startModel();
    const api = await house.start(model.upstream);
    const { id } = await api.start("Light in 42, please.", TOOLS);
    await api.answering(id);
    await house.kill();

    model.goOn();
    const next = await house.start(model.upstream);
    const run = await next.ended(id);
    expect(run).toMatchObject({ status: "completed", attempt: 2, usage: { tool_calls: 2 } });
    expect(run.plan.tools).toMatchObject({ search: true });
    expect(run.plan.tools?.names).toHaveLength(69);
    const found = ["search_tools", "room_42__light"];
    expect(model.shown).toEqual([["search_tools"], found, found, found]);
    expect(await house.linesOf("calls.txt")).toEqual(["42"]);
    expect(only(await next.events(id), "message").tool_calls).toMatchObject([
      {
        name: "search_tools",
        status: "ok",
        content: "Found: room_42__light. From now on they are among your tools.",
        structured: { tools: ["room_42__light"], searched: 68 },
      },
      { name: "room_42__light", status: "ok", content: "on" },
    ]);
  });
});

const lights = Array.from({ length: 60 }, (_, n) => tool(`room_${n + 1}__light`));

/** The tools of the plan that a message would get, and whether they are searched. */
async function planned(api: Api, options: object = {}) {
  const body = { message: "Light, please.", ...TOOLS, ...options };
  const check = await api.json(WorkflowCheck, "POST", "/workflows/validate", { body });
  if (!check.valid) throw new Error("Nothing is wrong with it.");
  return { names: check.plan.tools?.names ?? [], search: check.plan.tools?.search };
}

const searchOf = async (api: Api): Promise<ToolInfo | undefined> =>
  (await api.get(listOf(ToolInfo), "/tools")).data.find(({ name }) => name === "search_tools");

describe.each(ENGINES)("the search for tools on $name", (engine) => {
  const house = useServer(engine, { tools: lights });

  it("is listed as what it is, and can be tried by hand", async () => {
    expect(await searchOf(house.api)).toMatchObject({
      effect: "read",
      approval: "never",
      origin: { kind: "built_in", server: null },
    });
    const body = { arguments: { query: "arithmetic expression", limit: 1 } };
    const tried = await house.api.json(ToolCallAnswer, "POST", "/tools/search_tools/call", {
      body,
    });
    expect(tried).toMatchObject({ status: "ok", structured: { tools: ["calculate"] } });
  });

  it("stands before the others in a plan with too many of them, and in no other", async () => {
    const all = await planned(house.api);
    expect([all.names[0], all.names.length, all.search]).toEqual(["search_tools", 69, true]);
    const few = await planned(house.api, { allowed_tools: ["calculate", "search_tools"] });
    expect(few).toEqual({ names: ["calculate"], search: undefined });
  });

  it("is used by the offline provider, which calls what it finds", async () => {
    const { message } = await house.api.chat("What is 2 + 2?", TOOLS);
    expect(message.content).toBe("`2 + 2` = **4**");
    expect(message.tool_calls?.map(({ name }) => name)).toEqual(["search_tools", "calculate"]);
  });
});

const [engine] = ENGINES;
if (!engine) throw new Error("There is no engine.");

describe("the search for tools", () => {
  const raised = useServer(engine, { tools: lights }, { CHATTER_TOOL_SEARCH_ABOVE: "68" });
  const taken = useServer(engine, {
    tools: [{ ...tool("search_tools"), description: "Mine." }, ...lights],
  });

  it("is not there up to the limit that is set", async () => {
    const { names, search } = await planned(raised.api);
    expect([names.length, names.includes("search_tools"), search]).toEqual([68, false, undefined]);
  });

  it("gives way to a tool of one's own with its name: then all are shown", async () => {
    const { names, search } = await planned(taken.api);
    expect([names.length, names.includes("search_tools"), search]).toEqual([69, true, undefined]);
    expect(await searchOf(taken.api)).toMatchObject({
      description: "Mine.",
      origin: { kind: "configured" },
    });
  });
});
