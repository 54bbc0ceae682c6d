import { assert, jsonValue, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { createScriptedProvider } from "../providers/scripted.ts";
import { shapeKey, WorkflowCache, type WorkflowShape } from "./cache.ts";
import { canonical } from "./canonical.ts";
import { compileWorkflow } from "./compile.ts";
import type { CompiledWorkflow } from "./execution.ts";
import { planOf } from "./testing/plans.ts";
import { PROFILE_ID } from "./testing/planning.ts";

const SHAPE: WorkflowShape = {
  plan: planOf({
    workflow: "full",
    workflow_template: "mine",
    template_version: 2,
    profile_id: PROFILE_ID,
    profile_version: 3,
    fallback_models: [{ provider: "cloud", model: "big" }],
  }),
  retriever: "default",
  tools: [
    ["calculate", "1"],
    ["search", "1"],
  ],
  middleware: ["log", "filter"],
};

function shape(
  plan: Partial<WorkflowShape["plan"]>,
  rest: Partial<WorkflowShape> = {},
): WorkflowShape {
  return { ...SHAPE, ...rest, plan: { ...SHAPE.plan, ...plan } };
}

function compiled(): CompiledWorkflow {
  const provider = createScriptedProvider(() => []);
  return compileWorkflow({ provider, tools: [], middleware: [], definition: null });
}

describe("trap B3: the key of a compiled workflow", () => {
  it.each<[part: string, other: WorkflowShape]>([
    ["the workflow", shape({ workflow: "rag" })],
    ["the template", shape({ workflow_template: "other" })],
    ["the template's version", shape({ template_version: 3 })],
    ["the profile", shape({ profile_id: "prof_01BX5ZZKBKACTAV9WEVGEMMVS0" })],
    ["the profile's version", shape({ profile_version: 4 })],
    ["the provider", shape({ provider: "cloud" })],
    ["the model", shape({ model: "big" })],
    ["a further model", shape({ fallback_models: [{ provider: "cloud", model: "huge" }] })],
    ["the number of further models", shape({ fallback_models: [] })],
    ["the retriever", shape({}, { retriever: "handbook" })],
    ["no retriever", shape({}, { retriever: null })],
    [
      "a tool",
      shape(
        {},
        {
          tools: [
            ["calculate", "1"],
            ["fly", "1"],
          ],
        },
      ),
    ],
    [
      "a tool's version",
      shape(
        {},
        {
          tools: [
            ["calculate", "1"],
            ["search", "2"],
          ],
        },
      ),
    ],
    [
      "the order of the tools",
      shape(
        {},
        {
          tools: [
            ["search", "1"],
            ["calculate", "1"],
          ],
        },
      ),
    ],
    ["a tool less", shape({}, { tools: [["calculate", "1"]] })],
    ["a middleware", shape({}, { middleware: ["log", "limit"] })],
    ["the order of the middleware", shape({}, { middleware: ["filter", "log"] })],
    ["a name that contains another's end", shape({ workflow: 'full","mine' })],
  ])("changes with %s", (_part, other) => {
    expect(shapeKey(other)).not.toBe(shapeKey(SHAPE));
  });

  it("is the same whatever order the fields come in, on every level", () => {
    const turned = {
      middleware: SHAPE.middleware,
      tools: SHAPE.tools,
      retriever: SHAPE.retriever,
      plan: {
        ...Object.fromEntries(Object.entries(SHAPE.plan).toReversed()),
        fallback_models: [{ model: "big", provider: "cloud" }],
      } as unknown as WorkflowShape["plan"],
    };
    expect(shapeKey(turned)).toBe(shapeKey(SHAPE));
  });

  it("has nothing of what differs between the runs of a shape", () => {
    const plan = planOf({
      system_message: "SECRET of one user",
      metadata: { note: "SECRET" },
      temperature: 1,
      memory_window: 7,
      a_b_test_group: "SECRET group",
      retrieval: {
        retriever: "default",
        document_ids: ["SECRET document"],
        max_documents: 3,
        similarity_threshold: null,
        required: true,
      },
    });
    const key = shapeKey({ ...SHAPE, plan });
    expect(key).toBe(shapeKey({ ...SHAPE, plan: planOf() }));
    expect(key).not.toContain("SECRET");
  });
});

describe("JSON in one form", () => {
  it("loses nothing, so that it is different for different values", () => {
    assert(
      property(jsonValue(), (value) => {
        expect(JSON.parse(canonical(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("is the same for the same value, whatever order its keys come in", () => {
    assert(
      property(jsonValue(), (value) => {
        expect(canonical(turnedAround(value))).toBe(canonical(value));
      }),
    );
  });

  it("takes an absent field for none", () => {
    expect(canonical({ b: undefined, a: [{ d: 1, c: 2 }] })).toBe('{"a":[{"c":2,"d":1}]}');
    expect(canonical([undefined])).toBe("[null]");
  });
});

/** The same value with the keys of its objects in the opposite order, on every level. */
function turnedAround(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turnedAround);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, field]) => [name, turnedAround(field)]),
  );
}

describe("the cache", () => {
  it("gives back what was put under a shape, and counts", () => {
    const cache = new WorkflowCache();
    const one = compiled();
    expect(cache.get(SHAPE)).toBeNull();
    cache.put(SHAPE, one);
    expect(cache.get(SHAPE)).toBe(one);
    expect(cache.get(shape({ model: "big" }))).toBeNull();
    expect(cache.statistics).toEqual({ hits: 1, misses: 2, evictions: 0, size: 1 });
  });

  it("keeps the ones that were used last, up to its size, and never more", () => {
    const cache = new WorkflowCache(3);
    const models = ["a", "b", "c", "d", "e"];
    for (const model of models) {
      cache.put(shape({ model }), compiled());
      // The first one stays in use.
      cache.get(shape({ model: "a" }));
    }
    const kept = models.filter((model) => cache.get(shape({ model })) !== null);
    expect(kept).toEqual(["a", "d", "e"]);
    expect(cache.statistics).toEqual({ hits: 8, misses: 2, evictions: 2, size: 3 });
  });

  it("puts another in the place of the one under a shape, which is no eviction", () => {
    const cache = new WorkflowCache(1);
    cache.put(SHAPE, compiled());
    const second = compiled();
    cache.put(SHAPE, second);
    expect(cache.get(SHAPE)).toBe(second);
    expect(cache.statistics).toMatchObject({ evictions: 0, size: 1 });
  });

  it("holds 100 unless told otherwise, whatever comes", () => {
    const cache = new WorkflowCache();
    for (let model = 0; model < 1000; model++) cache.put(shape({ model: `${model}` }), compiled());
    expect(cache.statistics).toMatchObject({ evictions: 900, size: 100 });
  });

  it("forgets everything when it is cleared; the counts go on", () => {
    const cache = new WorkflowCache();
    cache.put(SHAPE, compiled());
    cache.get(SHAPE);
    cache.clear();
    expect(cache.get(SHAPE)).toBeNull();
    expect(cache.statistics).toEqual({ hits: 1, misses: 1, evictions: 0, size: 0 });
  });
});
