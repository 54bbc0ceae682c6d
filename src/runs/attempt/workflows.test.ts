import { describe, expect, it } from "vitest";
import type { RunPlan } from "../../contract/runs.ts";
import { createScriptedProvider, textAnswer } from "../../providers/scripted.ts";
import { entryOf, LazyToolLoader, type ToolEntry } from "../../tools/lazy-tool-loader.ts";
import { WorkflowCache } from "../../workflow/cache.ts";
import { defineWorkflow } from "../../workflow/definition.ts";
import { WorkflowConfigurationError } from "../../workflow/errors.ts";
import { planOf, withTools } from "../../workflow/testing/plans.ts";
import { planFor, profileOf, PROFILE_ID, templateOf } from "../../workflow/testing/planning.ts";
import { tool } from "../../workflow/testing/tools.ts";
import { compiledFor, type WorkflowSource } from "./workflows.ts";

const signal = new AbortController().signal;

/** A source that counts what it is asked for: one provider a compilation. */
function sourceOf(
  entries: readonly ToolEntry[] = [],
  parts: Partial<WorkflowSource> = {},
): { source: WorkflowSource; compiled: RunPlan[]; tools: LazyToolLoader } {
  const compiled: RunPlan[] = [];
  const tools = new LazyToolLoader(entries);
  const source: WorkflowSource = {
    providerFor: (plan) => {
      compiled.push(plan);
      return createScriptedProvider(() => textAnswer("Yes."), { name: plan.provider });
    },
    tools,
    middleware: [],
    definitions: new Map(),
    cache: new WorkflowCache(),
    ...parts,
  };
  return { source, compiled, tools };
}

describe("compiled workflows", () => {
  it("are made once for 1,000 plans of one shape, whoever they are for", async () => {
    const { source, compiled } = sourceOf([entryOf(tool("calculate"))]);
    const seen = new Set<unknown>();
    for (let user = 0; user < 1000; user++) {
      const plan = await planFor({
        userId: `user_${user}`,
        request: {
          workflow: "tools",
          temperature: (user % 20) / 10,
          system_prompt_override: `I am user ${user}.`,
          metadata: { user: `${user}` },
        },
        available: { tools: ["calculate"], abTestGroups: ["a", "b"] },
      });
      seen.add(await compiledFor(plan, source, signal));
    }
    expect(seen.size).toBe(1);
    expect(compiled).toHaveLength(1);
    expect(source.cache.statistics).toEqual({ hits: 999, misses: 1, evictions: 0, size: 1 });
  });

  it("have nothing of a user in them", async () => {
    const { source } = sourceOf([entryOf(tool("calculate"))]);
    const plan = planOf({
      ...withTools(["calculate"]),
      system_message: "SECRET",
      metadata: { note: "SECRET" },
      a_b_test_group: "SECRET",
    });
    const compiled = await compiledFor(plan, source, signal);
    expect(Object.keys(compiled).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
      "provider",
      "steps",
      "tools",
    ]);
    expect(JSON.stringify(compiled)).not.toContain("SECRET");
    // Schemas alone: what does the work, and may hold a connection, is loaded for each run.
    expect(compiled.tools).toEqual([
      { name: "calculate", description: "Does calculate.", parameters: { type: "object" } },
    ]);
    expect(Object.isFrozen(compiled)).toBe(true);
    expect(Object.isFrozen(compiled.tools)).toBe(true);
  });

  it.each<[what: string, change: Partial<RunPlan>]>([
    ["workflow", { workflow: "plain", tools: null }],
    ["template", { workflow_template: "other" }],
    ["version of the template", { template_version: 2 }],
    ["version of the profile", { profile_version: 2 }],
    ["model", { model: "big" }],
    ["choice of tools", withTools(["calculate"])],
    [
      "retriever",
      {
        retrieval: {
          retriever: "handbook",
          document_ids: null,
          max_documents: 1,
          similarity_threshold: null,
          required: true,
        },
      },
    ],
  ])("are made anew for another %s", async (_what, change) => {
    const { source, compiled } = sourceOf([entryOf(tool("calculate")), entryOf(tool("search"))]);
    const plan = planOf(withTools(["calculate", "search"]));
    const first = await compiledFor(plan, source, signal);
    expect(await compiledFor({ ...plan, ...change }, source, signal)).not.toBe(first);
    expect(compiled).toHaveLength(2);
  });

  it("are made anew when a template or a profile was changed", async () => {
    const { source, compiled } = sourceOf();
    const request = { workflow_template: "mine", profile_id: PROFILE_ID };
    for (const [template, profile] of [
      [1, 1],
      [2, 1],
      [2, 2],
      [2, 2],
    ]) {
      const templates = [templateOf({ version: template ?? 0 })];
      const profiles = [profileOf({ version: profile ?? 0 })];
      await compiledFor(await planFor({ request, templates, profiles }), source, signal);
    }
    expect(compiled).toHaveLength(3);
  });

  it("are made anew when a tool has changed, with its new schema", async () => {
    const { source, tools } = sourceOf([entryOf(tool("calculate"))]);
    const plan = planOf(withTools(["calculate"]));
    const first = await compiledFor(plan, source, signal);
    const parameters = { type: "object", properties: { expression: { type: "string" } } };
    tools.register(entryOf({ ...tool("calculate"), parameters }));
    const second = await compiledFor(plan, source, signal);
    expect(second).not.toBe(first);
    expect(second.tools[0]?.parameters).toEqual(parameters);
    expect(await compiledFor(plan, source, signal)).toBe(second);
  });

  it("hold no tool that a run has to find, and are one for all who search", async () => {
    const loaded: string[] = [];
    const entries = ["search_tools", "calculate", "secret"].map((name): ToolEntry => {
      const load: ToolEntry["load"] = () => {
        loaded.push(name);
        return Promise.resolve(tool(name));
      };
      return { ...entryOf(tool(name)), load };
    });
    const { source, tools } = sourceOf(entries);
    const planWith = (...names: string[]) =>
      planOf(withTools(["search_tools", ...names], { search: true }));
    const first = await compiledFor(planWith("calculate", "secret"), source, signal);
    expect(first.tools.map(({ name }) => name)).toEqual(["search_tools"]);
    expect(loaded).toEqual(["search_tools"]);
    // Who may find what is a matter of the plan.
    expect(await compiledFor(planWith("calculate"), source, signal)).toBe(first);
    tools.register({ ...entryOf(tool("secret")), version: "2" });
    expect(await compiledFor(planWith("secret"), source, signal)).toBe(first);
    const shown = await compiledFor(planOf(withTools(["calculate"])), source, signal);
    expect(shown.tools.map(({ name }) => name)).toEqual(["calculate"]);
  });

  it("of the server's own run their own steps", async () => {
    const review = defineWorkflow({
      name: "review",
      // oxlint-disable-next-line eslint/require-yield -- it has nothing to say.
      run: async function* (state) {
        return state;
      },
    });
    const { source } = sourceOf([], { definitions: new Map([["review", review]]) });
    const compiled = await compiledFor(planOf({ workflow: "review" }), source, signal);
    expect(compiled.steps).not.toBe((await compiledFor(planOf(), source, signal)).steps);
  });
});

describe("a plan whose parts are no longer there", () => {
  it("is refused by name: its workflow", async () => {
    const { source } = sourceOf();
    await expect(compiledFor(planOf({ workflow: "review" }), source, signal)).rejects.toMatchObject(
      {
        code: "WORKFLOW_CONFIG_ERROR",
        message: 'The workflow "review" of this run is no longer configured.',
        details: { workflow_type: "review" },
      },
    );
  });

  it("is refused by name: its tools, and nothing is kept of it", async () => {
    const { source, tools } = sourceOf([entryOf(tool("calculate"))]);
    const plan = planOf(withTools(["calculate", "search"]));
    await expect(compiledFor(plan, source, signal)).rejects.toMatchObject({
      code: "WORKFLOW_CONFIG_ERROR",
      details: { missing_parameter: "search" },
    });
    expect(source.cache.statistics.size).toBe(0);
    tools.register(entryOf(tool("search")));
    expect((await compiledFor(plan, source, signal)).tools).toHaveLength(2);
  });

  it("is refused by name: its provider", async () => {
    const { source } = sourceOf([], {
      providerFor: () => {
        throw new WorkflowConfigurationError("gone");
      },
    });
    await expect(compiledFor(planOf(), source, signal)).rejects.toThrow("gone");
    expect(source.cache.statistics).toMatchObject({ misses: 1, size: 0 });
  });
});
