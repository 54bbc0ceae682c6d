import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openSqliteStore } from "../storage/sqlite/open.ts";
import type { Store } from "../workflow/ports/store.ts";
import { Instance } from "./instance.ts";

/** Longer than the time between two renewals. */
const WAIT_MS = 4000;

describe("an instance on a shared store", () => {
  let directory: string;
  let store: Store;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "chatter-instance-"));
    store = { ...(await openSqliteStore(directory, { exclusive: true })), shared: true };
  });
  afterEach(async () => {
    await store.close();
    await rm(directory, { recursive: true, force: true });
  });

  it("that lost its lease gives up what it held, and lives on under another id", async () => {
    let lost = 0;
    const errors: unknown[] = [];
    const instance = new Instance(
      store,
      () => lost++,
      (error) => errors.push(error),
    );
    await instance.start();
    const { id } = instance;
    // Others found that it was dead: it had slept too long.
    await store.instances.clear();
    await vi.waitFor(() => expect(lost).toBe(1), WAIT_MS);
    expect(instance.id).not.toBe(id);
    await vi.waitFor(async () => expect(await store.instances.renew(instance.id, 1000)).toBe(true));
    expect(await store.instances.renew(id, 1000)).toBe(false);
    await instance.stop();
    expect(await store.instances.renew(instance.id, 1000)).toBe(false);
    expect(errors).toEqual([]);
  });

  it("that is stopped in the middle of a renewal waits for it, and touches the store no more", async () => {
    const asked: string[] = [];
    const { promise: renewed, resolve: answer } = Promise.withResolvers<boolean>();
    const instances = {
      ...store.instances,
      register: async () => void asked.push("register"),
      renew: () => (asked.push("renew"), renewed),
      leave: async () => void asked.push("leave"),
    };
    const errors: unknown[] = [];
    const instance = new Instance(
      { ...store, instances },
      () => asked.push("lost"),
      (error) => errors.push(error),
    );
    await instance.start();
    await vi.waitFor(() => expect(asked).toContain("renew"), WAIT_MS);
    const stopped = instance.stop().then(() => asked.push("stopped"));
    await new Promise((resolve) => setImmediate(resolve));
    // As a lease that was cleared answers.
    answer(false);
    await stopped;
    expect(asked).toEqual(["register", "renew", "leave", "stopped"]);
    expect(errors).toEqual([]);
  });

  it("whose store is away says so, keeps its id, and tries again", async () => {
    let away = true;
    const renew = async (...args: Parameters<Store["instances"]["renew"]>): Promise<boolean> => {
      if (away) throw new Error("away");
      return store.instances.renew(...args);
    };
    const instances = new Proxy(store.instances, {
      get: (target, name: keyof Store["instances"]) =>
        name === "renew" ? renew : target[name].bind(target),
    });
    let lost = 0;
    const errors: unknown[] = [];
    const instance = new Instance(
      { ...store, instances },
      () => lost++,
      (error) => errors.push(error),
    );
    await instance.start();
    const { id } = instance;
    await vi.waitFor(() => expect(errors).toEqual([new Error("away")]), WAIT_MS);
    away = false;
    await new Promise((resolve) => setTimeout(resolve, 1700));
    expect(errors).toHaveLength(1);
    expect(instance.id).toBe(id);
    expect(lost).toBe(0);
    await instance.stop();
  });
});
