import { expect, test } from "vitest";
import type { ToolServer } from "../../../src/client/index.ts";
import { ToolServerChange, ToolServerRequest } from "../../../src/contract/tool-servers.ts";
import { InputError } from "../forms/problem.ts";
import {
  headersOf,
  NEW_SERVER,
  toServerChange,
  toServerRequest,
  toServerTexts,
} from "./server-texts.ts";

test("headers are read line by line, and a value may hold a colon", () => {
  expect(headersOf("Authorization: Bearer a:b\n\n x-key:  1 ")).toEqual({
    Authorization: "Bearer a:b",
    "x-key": "1",
  });
  expect(headersOf(" \n")).toBeNull();
  expect(() => headersOf("a: b\nno colon")).toThrow(
    expect.objectContaining({
      errors: [{ path: "headers", message: "line 2 must be a name, a colon and a value" }],
    }),
  );
  expect(() => headersOf("key:")).toThrow(InputError);
});

test("a new server is what the contract takes, with OAuth and without", () => {
  const plain = toServerRequest({ ...NEW_SERVER, name: " docs ", url: " https://a.example/mcp " });
  expect(ToolServerRequest.parse(plain)).toEqual({
    name: "docs",
    url: "https://a.example/mcp",
    headers: null,
    oauth: null,
    effect: null,
    approval: null,
    tools: null,
  });
  const full = toServerRequest({
    ...NEW_SERVER,
    name: "docs",
    url: "https://a.example/mcp",
    headers: "x-key: 1",
    access: "client_credentials",
    clientId: "me",
    clientSecret: "secret",
    effect: "read",
    approval: "always",
    tools: "search\nfetch",
  });
  expect(ToolServerRequest.parse(full)).toMatchObject({
    headers: { "x-key": "1" },
    oauth: { grant: "client_credentials", client_id: "me", client_secret: "secret", scope: null },
    effect: "read",
    approval: "always",
    tools: ["search", "fetch"],
  });
});

test("a change leaves what is not entered again, such as secrets, as it is", () => {
  const server = { name: "docs", effect: "write", approval: null, tools: ["a"] } as ToolServer;
  const began = toServerTexts(server);
  expect(ToolServerChange.parse(toServerChange(began))).toEqual({
    effect: "write",
    approval: null,
    tools: ["a"],
  });
  const change = toServerChange({ ...began, url: "https://b.example", headers: "k: v", tools: "" });
  expect(ToolServerChange.parse(change)).toEqual({
    url: "https://b.example",
    headers: { k: "v" },
    effect: "write",
    approval: null,
    tools: null,
  });
});
