import { describe, expect, it } from "vitest";
import { readConfig } from "../config.ts";
import { WorkflowConfigurationError } from "../workflow/errors.ts";

function read(toolServers: unknown) {
  return readConfig({ toolServers } as never, {}, "/etc/chatter").config.configuredToolServers;
}

function refusalOf(toolServers: unknown): string {
  try {
    read(toolServers);
  } catch (error) {
    if (error instanceof WorkflowConfigurationError) return error.message;
    throw error;
  }
  throw new Error("Nothing was found to be wrong.");
}

describe("the tool servers of a configuration", () => {
  it("may be none", () => {
    expect(read(undefined)).toEqual([]);
  });

  it("are programs, and addresses; paths begin where the configuration is", () => {
    const servers = {
      files: {
        command: "npx",
        args: ["files"],
        env: { ROOT: "/srv" },
        cwd: "tools",
        tools: ["read"],
      },
      tickets: {
        url: "http://10.0.0.1/mcp",
        headers: { authorization: "Bearer x" },
        effect: "read",
      },
    };
    expect(read(servers)).toEqual([
      {
        name: "files",
        enabled: true,
        policy: {},
        trustAnnotations: false,
        tools: ["read"],
        transport: {
          kind: "stdio",
          command: "npx",
          args: ["files"],
          env: { ROOT: "/srv" },
          cwd: "/etc/chatter/tools",
        },
      },
      {
        name: "tickets",
        enabled: true,
        policy: { effect: "read" },
        trustAnnotations: false,
        tools: null,
        transport: {
          kind: "http",
          url: "http://10.0.0.1/mcp",
          headers: { authorization: "Bearer x" },
        },
      },
    ]);
  });

  it.each<[what: string, servers: unknown, says: string]>([
    ["a name", { Files: { command: "npx" } }, "toolServers.Files: must begin with a small letter"],
    [
      "a server of no kind",
      { a: {} },
      'toolServers.a: must have either "command", for a program, or "url"',
    ],
    ["a server of both kinds", { a: { command: "x", url: "http://x" } }, "must have either"],
    [
      "an address",
      { a: { url: "ftp://x" } },
      "toolServers.a.url: must be an address that begins with",
    ],
    ["a command", { a: { command: "" } }, "toolServers.a.command:"],
    ["a variable", { a: { command: "x", env: { A: 5 } } }, "toolServers.a.env.A:"],
    [
      "a header",
      { a: { url: "http://x", headers: { "a b": "c" } } },
      "toolServers.a.headers.a b: is no name of a header",
    ],
    [
      "a header's value",
      { a: { url: "http://x", headers: { a: "b\nc" } } },
      "toolServers.a.headers.a: must be printable ASCII",
    ],
    [
      "an unknown field",
      { a: { command: "x", shell: true } },
      'toolServers.a: Unrecognized key: "shell"',
    ],
    ["an effect", { a: { command: "x", effect: "nothing" } }, "toolServers.a.effect:"],
    ["a list", [], "toolServers:"],
  ])("are refused where %s is wrong, and the place is named", (_what, servers, says) => {
    expect(refusalOf(servers)).toContain(says);
  });
});
