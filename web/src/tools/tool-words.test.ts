import { expect, test } from "vitest";
import type { ToolInfo, ToolServer } from "../../../src/client/index.ts";
import { byOrigin, matching, policyText, serverText } from "./tool-words.ts";

function tool(name: string, origin: ToolInfo["origin"], description = ""): ToolInfo {
  return {
    name,
    description,
    parameters: {},
    effect: "read",
    approval: "never",
    trusted: false,
    origin,
  };
}

const BUILT_IN = { kind: "built_in", server: null } as const;
const OWN = { kind: "configured", server: null } as const;
const from = (server: string) => ({ kind: "server", server }) as const;

test("tools stand under where they come from, each by name", () => {
  const groups = byOrigin([
    tool("b__x", from("b")),
    tool("own", OWN),
    tool("calculate", BUILT_IN),
    tool("a__z", from("a")),
    tool("a__y", from("a")),
  ]);
  expect(groups.map(([title, tools]) => [title, tools.map(({ name }) => name)])).toEqual([
    ["Built in", ["calculate"]],
    ["From the configuration", ["own"]],
    ["From the server a", ["a__y", "a__z"]],
    ["From the server b", ["b__x"]],
  ]);
});

test("a search takes all words, wherever they stand", () => {
  const tools = [tool("create_ticket", BUILT_IN, "Opens one"), tool("escalate", BUILT_IN, "Calls")];
  expect(matching(tools, " OPENS ticket ").map(({ name }) => name)).toEqual(["create_ticket"]);
  expect(matching(tools, "").length).toBe(2);
});

test("what a tool may do and what there is of a server is said in a line", () => {
  expect(policyText({ effect: "outside", approval: "always" })).toBe(
    "Reaches beyond this server · always asks first",
  );
  const server = {
    offered_tools: ["a__b"],
    transport: "stdio",
    url: null,
    origin: "configuration",
  } as unknown as ToolServer;
  expect(serverText(server)).toBe(
    "1 tool · a program on this server · set up in the configuration",
  );
  expect(
    serverText({ ...server, offered_tools: [], transport: "http", url: "http://x", origin: "api" }),
  ).toBe("0 tools · http://x");
});
