import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Store } from "../../src/workflow/ports/store.ts";
import type { ToolServerSettings } from "../../src/workflow/ports/stores/tool-servers.ts";
import { ENGINES } from "../support/engines.ts";
import { openOldDatabase } from "../support/old-database.ts";

function content(changes: Partial<ToolServerSettings> = {}, secrets: string | null = "sealed") {
  const settings: ToolServerSettings = {
    url: "https://tools.example/mcp",
    headers: ["x-api-key"],
    oauth: { grant: "authorization_code", client_id: null, scope: "a b" },
    effect: "read",
    approval: null,
    tools: ["größe", "a'b"],
    enabled: true,
    ...changes,
  };
  return { settings, secrets };
}

describe.each(ENGINES)("tool servers on $name", (engine) => {
  let store: Store;
  let dispose: () => Promise<void>;
  beforeEach(async () => {
    ({ store, dispose } = await engine.openStore());
  });
  afterEach(() => dispose());

  test("come back as they went in, as version 1", async () => {
    const created = await store.toolServers.create("a", content());
    expect(created).toEqual({
      name: "a",
      ...content(),
      version: 1,
      created_at: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      updated_at: created?.created_at,
    });
    expect(await store.toolServers.get("a")).toEqual(created);
    expect(await store.toolServers.get("A")).toBeNull();
    const bare = await store.toolServers.create("b", content({ oauth: null, tools: null }, null));
    expect(bare).toMatchObject({ secrets: null, settings: { oauth: null, tools: null } });
  });

  test("have names that are taken once", async () => {
    await store.toolServers.create("a", content());
    expect(await store.toolServers.create("a", content({ enabled: false }))).toBeNull();
    expect(await store.toolServers.get("a")).toMatchObject({ settings: { enabled: true } });
  });

  test("change in parts, and count their versions", async () => {
    const created = await store.toolServers.create("a", content());
    if (!created) throw new Error("not made");
    const sealed = await store.toolServers.update(created, { secrets: "other" });
    expect(sealed).toMatchObject({ ...content({}, "other"), version: 2 });
    if (!sealed) throw new Error("not changed");
    const off = await store.toolServers.update(sealed, content({ enabled: false }, null));
    expect(off).toMatchObject({ ...content({ enabled: false }, null), version: 3 });
    expect(await store.toolServers.get("a")).toEqual(off);
  });

  test("change only as they were read: of many at once, one does it", async () => {
    const created = await store.toolServers.create("a", content());
    if (!created) throw new Error("not made");
    const changed = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        store.toolServers.update(created, { secrets: String(index) }),
      ),
    );
    expect(changed.filter((each) => each !== null)).toHaveLength(1);
    expect(await store.toolServers.get("a")).toMatchObject({ version: 2 });
  });

  test("that were made anew under the same name are others", async () => {
    const first = await store.toolServers.create("a", content());
    if (!first) throw new Error("not made");
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await store.toolServers.delete("a")).toBe(true);
    const second = await store.toolServers.create("a", content({}, null));
    expect(await store.toolServers.update(first, { secrets: "of the first" })).toBeNull();
    expect(await store.toolServers.get("a")).toEqual(second);
  });

  test("are listed by name, and so are their marks", async () => {
    const names = ["b", "a", "a-b", "ab", "a1"];
    for (const name of names) await store.toolServers.create(name, content());
    const sorted = names.toSorted((a, b) => (a < b ? -1 : 1));
    const all = await store.toolServers.list();
    expect(all.map(({ name }) => name)).toEqual(sorted);
    expect(await store.toolServers.marks()).toEqual(
      all.map(({ name, version, created_at }) => ({ name, version, created_at })),
    );
  });

  test("are gone when they are deleted", async () => {
    await store.toolServers.create("a", content());
    expect(await store.toolServers.delete("a")).toBe(true);
    expect(await store.toolServers.delete("a")).toBe(false);
    expect(await store.toolServers.get("a")).toBeNull();
    expect(await store.toolServers.marks()).toEqual([]);
  });

  test("have lists, of which the newest is kept", async () => {
    const list = { tools: [{ name: "größe", inputSchema: { type: "object" } }] };
    expect(await store.toolLists.get("a")).toBeNull();
    await store.toolLists.save("a", { list, fetchedAt: 2_000_000_000_000 });
    expect(await store.toolLists.get("a")).toEqual({ list, fetchedAt: 2_000_000_000_000 });
    await store.toolLists.save("a", { list: [], fetchedAt: 1_999_999_999_999 });
    expect(await store.toolLists.get("a")).toMatchObject({ list });
    await store.toolLists.save("a", { list: [], fetchedAt: 2_000_000_000_001 });
    expect(await store.toolLists.get("a")).toMatchObject({ list: [] });
    await store.toolLists.delete("a");
    expect(await store.toolLists.get("a")).toBeNull();
  });

  test("are none in a database of an earlier version, and can be made there", async () => {
    const old = await openOldDatabase(engine.name);
    const opened = await old.open();
    try {
      expect(await opened.toolServers.list()).toEqual([]);
      expect(await opened.toolServers.create("a", content())).toMatchObject({ version: 1 });
      expect(await opened.toolLists.get("a")).toBeNull();
    } finally {
      await opened.close();
      await old.dispose();
    }
  });
});
