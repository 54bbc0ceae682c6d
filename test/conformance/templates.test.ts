import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Template } from "../../src/contract/templates.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import type { NewTemplate } from "../../src/workflow/ports/stores/templates.ts";
import { ENGINES } from "../support/engines.ts";
import { OWNER, STRANGER } from "./records.ts";

function template(name: string, changes: Partial<NewTemplate> = {}): NewTemplate {
  return {
    name,
    workflow_type: "full",
    description: "Größe & 'quotes' 🎈",
    default_params: { memory_window: 7, similarity_threshold: 0.25, system_message: "a\nb" },
    required_tools: ["search_kb", "escalate"],
    required_retrievers: ["support_docs"],
    provider: "openai",
    model: "m",
    profile_id: null,
    tool_approval: { search_kb: "always" },
    ...changes,
  };
}

describe.each(ENGINES)("templates on $name", (engine) => {
  let store: Store;
  let dispose: () => Promise<void>;
  beforeEach(async () => {
    ({ store, dispose } = await engine.openStore());
  });
  afterEach(() => dispose());

  test("come back as they went in, as version 1", async () => {
    const created = await store.templates.create(OWNER, template("support"));
    expect(created).toEqual({ ...template("support"), version: 1, built_in: false });
    expect(Template.parse(created)).toEqual(created);
    expect(await store.templates.get(OWNER, "support")).toEqual(created);
    expect(await store.templates.get(OWNER, "Support")).toBeNull();
  });

  test("have names that are taken once for each user", async () => {
    await store.templates.create(OWNER, template("support"));
    expect(await store.templates.create(OWNER, template("support"))).toBeNull();
    const theirs = template("support", { description: "mine" });
    expect(await store.templates.create(STRANGER, theirs)).toMatchObject({ version: 1 });
    expect((await store.templates.get(OWNER, "support"))?.description).toContain("Größe");
  });

  test("change as a whole, and count their versions", async () => {
    await store.templates.create(OWNER, template("support"));
    const bare = template("support", {
      workflow_type: "plain",
      description: "",
      default_params: {},
      required_tools: [],
      required_retrievers: [],
      provider: null,
      model: null,
    });
    const changed = { ...bare, version: 2, built_in: false };
    expect(await store.templates.replace(OWNER, bare)).toEqual(changed);
    expect(await store.templates.get(OWNER, "support")).toEqual(changed);
    expect(await store.templates.replace(OWNER, bare)).toMatchObject({ version: 3 });
    expect(await store.templates.replace(OWNER, template("other"))).toBeNull();
  });

  test("count every one of many changes at once", async () => {
    await store.templates.create(OWNER, template("support"));
    const changed = await Promise.all(
      Array.from({ length: 20 }, () =>
        store.transaction((tx) => tx.templates.replace(OWNER, template("support"))),
      ),
    );
    const versions = changed.map((each) => each?.version ?? 0).toSorted((a, b) => a - b);
    expect(versions).toEqual(Array.from({ length: 20 }, (_, index) => index + 2));
  });

  test("are nobody else's", async () => {
    await store.templates.create(OWNER, template("support"));
    expect(await store.templates.get(STRANGER, "support")).toBeNull();
    expect(await store.templates.names(STRANGER)).toEqual([]);
    expect(await store.templates.list(STRANGER, null, 10)).toEqual([]);
    expect(await store.templates.replace(STRANGER, template("support"))).toBeNull();
    expect(await store.templates.delete(STRANGER, "support")).toBe(false);
    expect(await store.templates.get(OWNER, "support")).toMatchObject({ version: 1 });
  });

  test("are listed by name, byte by byte, from after any name", async () => {
    const names = ["b", "a", "a-b", "a_b", "ab", "10", "9"];
    for (const name of names) await store.templates.create(OWNER, template(name));
    // As JavaScript sorts them too: the built-in ones are sorted in between.
    const sorted = names.toSorted((a, b) => (a < b ? -1 : 1));
    expect(await store.templates.names(OWNER)).toEqual(sorted);
    const list = async (after: string | null, limit: number): Promise<string[]> =>
      (await store.templates.list(OWNER, after, limit)).map(({ name }) => name);
    expect(await list(null, 10)).toEqual(sorted);
    for (const [index, name] of sorted.entries()) {
      expect(await list(name, 2)).toEqual(sorted.slice(index + 1, index + 3));
    }
    expect(await list("a0", 1)).toEqual(["a_b"]);
  });

  test("are gone when they are deleted, and begin anew with their name", async () => {
    await store.templates.create(OWNER, template("support"));
    await store.templates.replace(OWNER, template("support"));
    expect(await store.templates.delete(OWNER, "support")).toBe(true);
    expect(await store.templates.delete(OWNER, "support")).toBe(false);
    expect(await store.templates.get(OWNER, "support")).toBeNull();
    expect(await store.templates.create(OWNER, template("support"))).toMatchObject({ version: 1 });
  });
});
