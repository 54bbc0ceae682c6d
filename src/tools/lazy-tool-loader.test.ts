import { describe, expect, it } from "vitest";
import type { Tool } from "../workflow/ports/tools.ts";
import { tool } from "../workflow/testing/tools.ts";
import { entryOf, LazyToolLoader, type ToolEntry } from "./lazy-tool-loader.ts";

const signal = new AbortController().signal;

/** The entry of a tool that is made by `load`. */
function entry(name: string, load: () => Promise<Tool>, version = "1"): ToolEntry {
  return { ...entryOf(tool(name)), version, load };
}

/** Tools of these names that keep count of how often each was made. */
function counted(names: readonly string[]): { entries: ToolEntry[]; made: string[] } {
  const made: string[] = [];
  const entries = names.map((name) =>
    entry(name, () => {
      made.push(name);
      return Promise.resolve(tool(name));
    }),
  );
  return { entries, made };
}

/** A tool that is being made until somebody says how it went. */
function pending(name: string) {
  const { promise, resolve, reject } = Promise.withResolvers<ReturnType<typeof tool>>();
  let started = 0;
  const load = () => {
    started++;
    return promise;
  };
  return {
    entry: entry(name, load),
    arrive: () => resolve(tool(name)),
    fail: (error: Error) => reject(error),
    started: () => started,
  };
}

const namesOf = (tools: readonly { name: string }[]) => tools.map(({ name }) => name);

describe("loading tools", () => {
  it("makes only those that are named, in the order in which they are named", async () => {
    const { entries, made } = counted(["a", "b", "c", "d"]);
    const loader = new LazyToolLoader(entries);
    expect(loader.names).toEqual(["a", "b", "c", "d"]);
    expect(made).toEqual([]);
    expect(namesOf(await loader.load(["c", "a"], signal))).toEqual(["c", "a"]);
    expect(await loader.load([], signal)).toEqual([]);
    expect(made).toEqual(["c", "a"]);
  });

  it("makes each once, however many runs ask for it at the same time and later", async () => {
    const { entry, arrive, started } = pending("slow");
    const loader = new LazyToolLoader([entry]);
    const runs = Array.from({ length: 100 }, () => loader.load(["slow"], signal));
    expect(started()).toBe(1);
    arrive();
    const loaded = (await Promise.all(runs)).flat();
    expect(loaded).toHaveLength(100);
    expect(new Set(loaded).size).toBe(1);
    await loader.load(["slow"], signal);
    expect(started()).toBe(1);
  });

  it("waits in one run for a tool that hangs, and in no other", async () => {
    const { entry } = pending("hangs");
    const loader = new LazyToolLoader([entry, ...counted(["a"]).entries]);
    const abort = new AbortController();
    const stuck = loader.load(["a", "hangs"], abort.signal);
    expect(namesOf(await loader.load(["a"], signal))).toEqual(["a"]);
    const reason = new Error("cancelled by its user");
    abort.abort(reason);
    await expect(stuck).rejects.toBe(reason);
    await expect(loader.load(["a"], AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it("lets a tool arrive for others when the run that asked first is gone", async () => {
    const { entry, arrive, started } = pending("slow");
    const loader = new LazyToolLoader([entry]);
    const abort = new AbortController();
    const first = loader.load(["slow"], abort.signal);
    const second = loader.load(["slow"], signal);
    abort.abort(new Error("gone"));
    await expect(first).rejects.toThrow("gone");
    arrive();
    expect(namesOf(await second)).toEqual(["slow"]);
    expect(started()).toBe(1);
  });

  it("waits no longer than its limit, and takes that for a failure", async () => {
    const { entry } = pending("hangs");
    const loader = new LazyToolLoader([entry], { loadMs: 5 });
    await expect(loader.load(["hangs"], signal)).rejects.toMatchObject({
      code: "WORKFLOW_CONFIG_ERROR",
      message: "Tools could not be loaded: hangs (it was not there within 0.005 s).",
    });
  });
});

describe("a tool that cannot be loaded", () => {
  it("is named with the reason; so is every other one that failed", async () => {
    const failing = (name: string, why: string): ToolEntry =>
      entry(name, () => Promise.reject(new Error(why)));
    const loader = new LazyToolLoader([
      failing("one", "no route to host"),
      ...counted(["good"]).entries,
      failing("two", "wrong key"),
    ]);
    await expect(loader.load(["one", "good", "two"], signal)).rejects.toMatchObject({
      code: "WORKFLOW_CONFIG_ERROR",
      message: "Tools could not be loaded: one (no route to host), two (wrong key).",
      details: { missing_parameter: "tools" },
    });
    expect(namesOf(await loader.load(["good"], signal))).toEqual(["good"]);
  });

  it("is not asked again for a while, and then is", async () => {
    let now = 0;
    let tries = 0;
    const flaky = entry("flaky", () => {
      tries++;
      return tries < 3 ? Promise.reject(new Error("busy")) : Promise.resolve(tool("flaky"));
    });
    const loader = new LazyToolLoader([flaky], { now: () => now });
    const load = () => loader.load(["flaky"], signal);
    await expect(load()).rejects.toThrow("busy");
    now = 9999;
    await expect(load()).rejects.toThrow("busy");
    expect(tries).toBe(1);
    now = 10_000;
    await expect(load()).rejects.toThrow("busy");
    expect(tries).toBe(2);
    now = 20_000;
    expect(namesOf(await load())).toEqual(["flaky"]);
    now = 1_000_000;
    await load();
    expect(tries).toBe(3);
  });

  it("that does not exist is named with the nearest one that does", async () => {
    const { entries, made } = counted(["calculate"]);
    const loader = new LazyToolLoader(entries);
    await expect(loader.load(["calculat", "calculate", "fly"], signal)).rejects.toMatchObject({
      code: "WORKFLOW_CONFIG_ERROR",
      message:
        'There is no tool "calculat"; did you mean "calculate"? (there are: calculate), "fly" (there are: calculate).',
      details: { missing_parameter: "calculat, fly" },
    });
    expect(made).toEqual([]);
  });

  it.each<[what: string, made: unknown, why: string]>([
    ["is no tool", {}, "tools[0].name must be"],
    ["calls itself something else", tool("other"), 'it calls itself "other"'],
  ])("that %s is refused", async (_what, made, why) => {
    const load = () => Promise.resolve(made as ReturnType<typeof tool>);
    const loader = new LazyToolLoader([entry("mine", load)]);
    await expect(loader.load(["mine"], signal)).rejects.toThrow(why);
  });
});

describe("a tool that changes", () => {
  it("is made again under its new version, and only then", async () => {
    const { entries, made } = counted(["a", "b"]);
    const loader = new LazyToolLoader(entries);
    const [before] = await loader.load(["a"], signal);
    expect(loader.version("a")).toBe("1");
    const changed = entry("a", () => Promise.resolve(tool("a")), "2");
    loader.register(changed);
    expect(loader.version("a")).toBe("2");
    const [after] = await loader.load(["a"], signal);
    expect(after).not.toBe(before);
    loader.register(changed);
    expect((await loader.load(["a"], signal))[0]).toBe(after);
    expect(made).toEqual(["a"]);
    expect(loader.names).toEqual(["a", "b"]);
  });

  it("while it is being made is not given to those who ask for the new one", async () => {
    const old = pending("a");
    const loader = new LazyToolLoader([old.entry]);
    const first = loader.load(["a"], signal);
    const changed = tool("a");
    loader.register(entry("a", () => Promise.resolve(changed), "2"));
    expect((await loader.load(["a"], signal))[0]).toBe(changed);
    old.arrive();
    expect((await first)[0]).not.toBe(changed);
    expect((await loader.load(["a"], signal))[0]).toBe(changed);
  });

  it("is gone when it is removed, and made anew when it comes back", async () => {
    const { entries, made } = counted(["a"]);
    const [entry] = entries;
    const loader = new LazyToolLoader(entries);
    await loader.load(["a"], signal);
    loader.remove("a");
    expect([loader.has("a"), loader.version("a"), loader.names]).toEqual([false, "", []]);
    await expect(loader.load(["a"], signal)).rejects.toThrow("There is no tool");
    if (entry) loader.register(entry);
    await loader.load(["a"], signal);
    expect(made).toEqual(["a", "a"]);
  });

  it("has a version that follows from what the model sees of it", () => {
    const { version } = entryOf(tool("a"));
    expect(entryOf(tool("a", () => Promise.resolve("other"))).version).toBe(version);
    expect(entryOf({ ...tool("a"), description: "Other." }).version).not.toBe(version);
    const parameters = { type: "object", properties: {} };
    expect(entryOf({ ...tool("a"), parameters }).version).not.toBe(version);
  });
});
