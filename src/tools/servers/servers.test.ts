/** What is stored of tool servers, and what becomes of it on an instance: no connection is made here. */
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ToolServerChange } from "../../contract/tool-servers.ts";
import { checkUrl } from "../../outbound/addresses.ts";
import { openSecretBox } from "../../secrets/keys.ts";
import type { ServerDefinition } from "../mcp/definition.ts";
import { changeContent, toContent } from "./content.ts";
import { ServerFollower } from "./follower.ts";
import { ToolServerManager } from "./library.ts";
import { Authorizer } from "./oauth/authorizer.ts";
import { ServerRecords } from "./records.ts";
import { MemoryToolServerStore } from "./testing/store.ts";

const KEY = new Uint8Array(32).fill(1);
const URL_ = "https://tools.example/mcp";
const CONFIGURED: ServerDefinition = {
  name: "own",
  origin: "configuration",
  enabled: true,
  policy: { effect: "read" },
  tools: null,
  transport: { kind: "stdio", command: "/bin/tools", args: ["--key=s3cret"], env: {}, cwd: null },
};

const noFetch = () => Promise.reject(new TypeError("nothing is asked here"));

let store: MemoryToolServerStore;
let put: ServerDefinition[];
let removed: string[];

function instance(key: Uint8Array = KEY) {
  const records = new ServerRecords(store, openSecretBox([key], null));
  const connections = {
    put: (definition: ServerDefinition) => Promise.resolve(void put.push(definition)),
    remove: (name: string) => Promise.resolve(void removed.push(name)),
  };
  const onError = (error: unknown): void => expect(error).toBeUndefined();
  const follower = new ServerFollower({
    store,
    records,
    connections,
    fetch: noFetch,
    reserved: new Set([CONFIGURED.name]),
    isOff: false,
    onError,
  });
  const library = new ToolServerManager({
    store,
    records,
    follower,
    authorizer: new Authorizer(records, noFetch),
    servers: { list: () => [], reconnect: () => Promise.resolve(undefined) },
    configured: [CONFIGURED],
    toolNames: () => ["own__a", "tools__b", "toolsx__c"],
    checkUrl: (url) => void checkUrl(url, "public"),
    refusal: null,
  });
  return { records, follower, library };
}

beforeEach(() => {
  store = new MemoryToolServerStore();
  [put, removed] = [[], []];
});

describe("an instance", () => {
  it("puts each server once, and again only when its connection would be another", async () => {
    const { library, records, follower } = instance();
    await library.create({ name: "tools", url: `${URL_}?a=b`, headers: { "x-key": "k" } });
    await follower.sync();
    expect(put).toMatchObject([
      {
        name: "tools",
        origin: "api",
        enabled: true,
        transport: { kind: "http", url: `${URL_}?a=b`, headers: { "x-key": "k" } },
      },
    ]);
    const tokens = { access_token: "1", token_type: "Bearer" };
    await records.changeOAuth("tools", (state) => ({ ...state, tokens }));
    await follower.sync();
    expect(put).toHaveLength(2);
    await records.changeOAuth("tools", (state) => ({
      ...state,
      tokens: { ...tokens, access_token: "2" },
    }));
    await follower.sync();
    expect(put).toHaveLength(2);
    await library.update("tools", { headers: { "x-key": "other" } });
    expect(put.at(-1)?.transport).toMatchObject({ headers: { "x-key": "other" } });
  });

  it("says so when a server is deleted in the moment in which it is made", async () => {
    const { library, follower } = instance();
    vi.spyOn(follower, "sync").mockImplementation(async () => void (await store.delete("a")));
    await expect(library.create({ name: "a", url: URL_ })).rejects.toMatchObject({
      code: "CONFLICT",
      message: "The tool server a was deleted while it was made.",
    });
  });

  it("signs in with OAuth unless a header says who is asking", async () => {
    const { library } = instance();
    await library.create({ name: "a", url: URL_ });
    await library.create({ name: "b", url: URL_, headers: { Authorization: "Bearer k" } });
    expect(put.map(({ transport }) => transport.kind === "http" && transport.auth)).toEqual([
      expect.anything(),
      null,
    ]);
  });

  it("follows what another one does", async () => {
    const [here, there] = [instance(), instance()];
    await there.library.create({ name: "tools", url: URL_ });
    await here.follower.sync();
    expect(put).toHaveLength(2);
    await there.library.delete("tools");
    await here.follower.sync();
    expect(removed).toEqual(["tools", "tools"]);
    await there.library.create({ name: "tools", url: `${URL_}/2` });
    await here.follower.sync();
    expect(put.at(-1)?.transport).toMatchObject({ url: `${URL_}/2` });
  });

  it("goes without a server whose secrets it cannot read, and with all others", async () => {
    const { library } = instance();
    await library.create({ name: "sealed", url: URL_, headers: { "x-key": "k" } });
    await library.create({ name: "open", url: URL_ });
    put = [];
    const other = instance(new Uint8Array(32).fill(2));
    await other.follower.sync();
    expect(put.map(({ name }) => name)).toEqual(["open"]);
    const described = await other.library.get({ admin: true }, "sealed");
    expect(described).toMatchObject({ status: "failed", headers: ["x-key"] });
    expect(described.last_error).toContain("add it to CHATTER_SECRET_KEY");
    await expect(other.library.update("sealed", { enabled: false })).rejects.toThrow(
      "A stored secret cannot be read",
    );
  });
});

describe("a server whose name the configuration has taken later", () => {
  it("stands back: it is not put, not listed, and hides nothing", async () => {
    const { library, follower, records } = instance();
    await records.create("own", toContent({ name: "own", url: URL_ }));
    await follower.sync();
    expect(put).toEqual([]);
    const all = await library.list({ admin: true }, null, 10);
    expect(all.map(({ name, origin }) => [name, origin])).toEqual([["own", "configuration"]]);
  });
});

describe("the library", () => {
  it("has those of the configuration to look at, without their commands", async () => {
    const { library } = instance();
    await library.create({ name: "tools", url: URL_ });
    const all = await library.list({ admin: true }, null, 10);
    expect(all.map(({ name, offered_tools }) => [name, offered_tools])).toEqual([
      ["own", ["own__a"]],
      ["tools", ["tools__b"]],
    ]);
    expect(all[0]).toMatchObject({ origin: "configuration", transport: "stdio", url: null });
    expect(JSON.stringify(all)).not.toContain("s3cret");
    expect((await library.list({ admin: true }, "own", 1)).map(({ name }) => name)).toEqual([
      "tools",
    ]);
  });

  it("lets nobody change them, or take their names", async () => {
    const { library } = instance();
    const conflict = { code: "CONFLICT", message: expect.stringContaining("own") as string };
    await expect(library.create({ name: "own", url: URL_ })).rejects.toMatchObject(conflict);
    await expect(library.update("own", { enabled: false })).rejects.toMatchObject(conflict);
    await expect(library.delete("own")).rejects.toMatchObject(conflict);
    await expect(library.authorize("own", { redirectUrl: URL_ })).rejects.toMatchObject(conflict);
    expect(await store.list()).toEqual([]);
  });

  it("has a hundred at the most", async () => {
    const { library } = instance();
    for (let index = 0; index < 100; index++) {
      await library.create({ name: `s${index}`, url: URL_ });
    }
    await expect(library.create({ name: "more", url: URL_ })).rejects.toMatchObject({
      code: "CONFLICT",
      message: "There are 100 tool servers already, which is the most. Delete one first.",
    });
    await library.delete("s0");
    expect((await library.create({ name: "more", url: URL_ })).name).toBe("more");
  });
});

describe("a change", () => {
  const before = toContent({
    name: "a",
    url: `${URL_}?k=1`,
    headers: { "x-key": "k" },
    oauth: { client_id: "c", client_secret: "s" },
    tools: ["t"],
  });
  const authorized = {
    ...before,
    secrets: {
      ...before.secrets,
      oauth: { ...before.secrets.oauth, tokens: { access_token: "1", token_type: "Bearer" } },
    },
  };

  it("keeps all that it does not name", () => {
    expect(changeContent(authorized, {})).toEqual(authorized);
    expect(changeContent(authorized, { effect: "write" })).toEqual({
      settings: { ...authorized.settings, effect: "write" },
      secrets: authorized.secrets,
    });
  });

  it.each<[change: ToolServerChange]>([
    [{ url: `${URL_}?k=2` }],
    [{ oauth: null }],
    [{ oauth: { client_id: "other" } }],
  ])("%j ends the authorization, which was for another client or address", (change) => {
    expect(changeContent(authorized, change).secrets.oauth.tokens).toBeNull();
  });

  it.each(["https://evil.example/mcp", "http://tools.example/mcp", "https://tools.example:8443/"])(
    "of the origin to %s needs all secrets anew",
    (url) => {
      expect(() => changeContent(before, { url })).toThrow("headers: must be given again");
      expect(() => changeContent(before, { url, headers: null })).toThrow(
        "oauth: must be given again",
      );
      const { secrets } = changeContent(before, { url, headers: null, oauth: null });
      expect(secrets).toMatchObject({ query: "", headers: {}, clientSecret: null });
    },
  );
});
