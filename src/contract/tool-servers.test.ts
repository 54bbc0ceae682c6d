import { describe, expect, test } from "vitest";
import { ToolServerChange, ToolServerName, ToolServerRequest } from "./tool-servers.ts";

const URL_ = "https://tools.example/mcp";

function problemsOf(request: object): string[] {
  const parsed = ToolServerRequest.safeParse({ name: "s", url: URL_, ...request });
  return (parsed.error?.issues ?? []).flatMap((issue) => {
    const within = issue.code === "invalid_key" ? issue.issues : [issue];
    return within.map(({ message }) => `${issue.path.join(".")}: ${message}`);
  });
}

describe("a tool server", () => {
  test.each(["a", "a-1", "tools", `a${"b".repeat(31)}`])("may be called %s", (name) => {
    expect(ToolServerName.safeParse(name).success).toBe(true);
  });

  test.each(["", "A", "1a", "-a", "a_b", "a.b", "a__b", "ä", "a b", `a${"b".repeat(32)}`])(
    "may not be called %j",
    (name) => {
      expect(ToolServerName.safeParse(name).success).toBe(false);
    },
  );

  test("needs a name and an address, and nothing is filled in", () => {
    expect(ToolServerRequest.parse({ name: "s", url: URL_ })).toEqual({ name: "s", url: URL_ });
    expect(ToolServerChange.parse({})).toEqual({});
    expect(ToolServerRequest.safeParse({ name: "s" }).success).toBe(false);
    expect(ToolServerChange.safeParse({ name: "other" }).success).toBe(false);
  });

  test.each<[headers: object, why: string]>([
    [{ "content-length": "1" }, "is a header that the protocol sets"],
    [{ Host: "evil.example" }, "is a header that the protocol sets"],
    [{ "Mcp-Session-Id": "1" }, "is a header that the protocol sets"],
    [{ "transfer-encoding": "chunked" }, "is a header that the protocol sets"],
    [{ "x key": "1" }, "must be 1 to 64 letters, digits or -"],
    [{ "x-key": "a\r\nx-other: b" }, "printable ASCII"],
    [{ "x-key": "" }, "must be 1 to 8192"],
    [{ "x-key": " a" }, "without a space at either end"],
    [{ "x-key": "x".repeat(8193) }, "must be 1 to 8192"],
    [{ "x-key": "1", "X-Key": "2" }, "must not name a header twice"],
    [
      Object.fromEntries(Array.from({ length: 17 }, (_, index) => [`x-${index}`, "1"])),
      "must be at most 16",
    ],
  ])("cannot have the headers %j", (headers, why) => {
    expect(problemsOf({ headers }).join()).toContain(why);
  });

  test("may have others", () => {
    const headers = { Authorization: "Bearer k", "x-key": "x".repeat(8192), cookie: "a=b; c=d" };
    expect(problemsOf({ headers })).toEqual([]);
  });

  test.each<[oauth: object, why: string]>([
    [{ client_secret: "s" }, "needs its client_id"],
    [{ grant: "client_credentials" }, "needs a client_id and its client_secret"],
    [{ grant: "client_credentials", client_id: "c" }, "needs a client_id and its client_secret"],
    [{ grant: "password" }, "oauth.grant"],
    [{ scope: "a  b" }, "single spaces"],
    [{ scope: 'a"b' }, "single spaces"],
  ])("cannot have the OAuth client %j", (oauth, why) => {
    expect(problemsOf({ oauth }).join()).toContain(why);
  });

  test("may have an OAuth client that says nothing, or all", () => {
    for (const oauth of [{}, { client_id: "c" }, { client_id: "c", client_secret: "s" }]) {
      expect(problemsOf({ oauth })).toEqual([]);
    }
  });
});
