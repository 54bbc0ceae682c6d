import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Profile, type ProfileRequest } from "../../src/contract/profiles.ts";
import { newId } from "../../src/workflow/ids.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import { ENGINES } from "../support/engines.ts";
import { OWNER, STRANGER } from "./records.ts";

const FULL: ProfileRequest = {
  name: "Größe 'x' 🎈",
  provider: "openai",
  model: "m",
  temperature: 0.7,
  max_tokens: 100,
  system_prompt: "a\nb",
  fallback_models: [
    { provider: "openai", model: "n" },
    { provider: "offline", model: "extractive" },
  ],
};

describe.each(ENGINES)("profiles on $name", (engine) => {
  let store: Store;
  let dispose: () => Promise<void>;
  beforeEach(async () => {
    ({ store, dispose } = await engine.openStore());
  });
  afterEach(() => dispose());

  const create = (profile: ProfileRequest = FULL, owner = OWNER): Promise<Profile> =>
    store.profiles.create(owner, newId("prof"), profile);

  test("come back as they went in, as version 1", async () => {
    const created = await create();
    expect(created).toMatchObject({ ...FULL, version: 1 });
    expect(Profile.parse(created)).toEqual(created);
    expect(await store.profiles.get(OWNER, created.id)).toEqual(created);
    expect(created.updated_at).toBe(created.created_at);
  });

  test("have null, or an empty list, for what nobody said", async () => {
    expect(await create({ name: "Bare" })).toMatchObject({
      provider: null,
      model: null,
      temperature: null,
      max_tokens: null,
      system_prompt: null,
      fallback_models: [],
    });
  });

  test("change as a whole, and count their versions", async () => {
    const { id, created_at } = await create();
    await new Promise((resolve) => setTimeout(resolve, 2));
    const changed = await store.profiles.replace(OWNER, id, { name: "Bare", temperature: 0 });
    expect(changed).toMatchObject({
      id,
      name: "Bare",
      temperature: 0,
      model: null,
      fallback_models: [],
      version: 2,
      created_at,
    });
    expect(Date.parse(changed?.updated_at ?? "")).toBeGreaterThan(Date.parse(created_at));
    expect(await store.profiles.get(OWNER, id)).toEqual(changed);
    expect(await store.profiles.replace(OWNER, newId("prof"), FULL)).toBeNull();
  });

  test("are nobody else's", async () => {
    const { id } = await create();
    expect(await store.profiles.get(STRANGER, id)).toBeNull();
    expect((await store.profiles.list(STRANGER, { limit: 10 })).data).toEqual([]);
    expect(await store.profiles.replace(STRANGER, id, FULL)).toBeNull();
    expect(await store.profiles.delete(STRANGER, id)).toBe(false);
    expect(await store.profiles.get(OWNER, id)).toMatchObject({ version: 1 });
  });

  test("are listed newest first, a page at a time, each once", async () => {
    const ids: string[] = [];
    for (let index = 0; index < 5; index++) ids.push((await create({ name: `${index}` })).id);
    await create(FULL, STRANGER);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof store.profiles.list>> = await store.profiles.list(
        OWNER,
        { limit: 2, ...(cursor && { cursor }) },
      );
      expect(page.data.length).toBeLessThanOrEqual(2);
      seen.push(...page.data.map(({ id }) => id));
      cursor = page.next_cursor;
    } while (cursor);
    expect(seen).toEqual(ids.toReversed());
    await expect(store.profiles.list(OWNER, { limit: 1, cursor: "x" })).rejects.toMatchObject({
      details: { invalid_parameters: ["cursor"] },
    });
  });

  test("may share a name, and are gone when they are deleted", async () => {
    const [first, second] = [await create(), await create()];
    expect(await store.profiles.delete(OWNER, first.id)).toBe(true);
    expect(await store.profiles.delete(OWNER, first.id)).toBe(false);
    expect(await store.profiles.get(OWNER, first.id)).toBeNull();
    expect(await store.profiles.get(OWNER, second.id)).toEqual(second);
  });
});
