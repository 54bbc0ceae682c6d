/** The parts of the client that need no server. */
import { describe, expect, it } from "vitest";
import { bounded } from "./bounded-response.ts";
import { wrongHeaderParameters } from "./header-parameters.ts";
import { serverOf, toolName } from "./names.ts";
import { Pauses } from "./pauses.ts";
import { toOutput } from "./results.ts";
import { program, remote } from "./testing/everything.ts";
import { wordsOf } from "./words.ts";

describe("names of tools", () => {
  it("are those of server and tool, and say which server it is", () => {
    expect(toolName("files", "read_file")).toBe("files__read_file");
    expect(serverOf("files__read__all")).toBe("files");
    expect(serverOf("calculate")).toBeNull();
    expect(serverOf("__x")).toBeNull();
  });

  it("that are too long or odd are shortened, the same each time and none like another", () => {
    const odd = ["a b", "a_b", "a/b", "ä_b", `${"x".repeat(70)}1`, `${"x".repeat(70)}2`, "🙂"];
    const names = odd.map((name) => toolName("a-server-with-a-name-of-32-chars", name));
    expect(new Set(names).size).toBe(odd.length);
    expect(names.every((name) => /^[\w.-]{1,64}$/.test(name))).toBe(true);
    expect(names).toEqual(odd.map((name) => toolName("a-server-with-a-name-of-32-chars", name)));
  });
});

describe("pauses after failures", () => {
  it("double from a second to a minute, each shortened by chance to no less than half", () => {
    const lengths = (random: number): number[] => {
      const pauses = new Pauses(
        () => 1000,
        () => random,
      );
      return Array.from({ length: 8 }, () => {
        pauses.failed();
        return pauses.leftMs;
      });
    };
    expect(lengths(1)).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
    expect(lengths(0)).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  it("end with time, and with what goes well", () => {
    let now = 0;
    const pauses = new Pauses(
      () => now,
      () => 1,
    );
    expect(pauses.until).toBeNull();
    pauses.failed();
    expect(pauses.until).toBe("1970-01-01T00:00:01.000Z");
    now = 1000;
    expect([pauses.leftMs, pauses.until]).toEqual([0, null]);
    pauses.failed();
    pauses.reset();
    expect(pauses.leftMs).toBe(0);
    pauses.failed();
    expect(pauses.leftMs).toBe(1000);
  });
});

describe("results", () => {
  const png = { type: "image", mimeType: "image/png", data: "aGVsbG8=" } as const;

  it("are text, data and images; what is neither is told in a line", () => {
    const output = toOutput({
      content: [
        { type: "text", text: "one" },
        png,
        { type: "audio", mimeType: "audio/wav", data: "aGVsbG8=" },
        {
          type: "resource",
          resource: { uri: "file:///a\nb", text: "inside", mimeType: "text/plain" },
        },
        { type: "resource", resource: { uri: "file:///c", blob: "aGVsbG8=" } },
        { type: "resource_link", uri: "file:///d", name: "D", description: "the d" },
        { type: "text", text: "two" },
      ],
      structuredContent: { n: 1 },
    });
    expect(output.content.split("\n")).toEqual([
      "one",
      "[Sound of type audio/wav, which cannot be played here.]",
      "[Resource file:///a b, text/plain]",
      "inside",
      "[Resource file:///c]",
      "[Link to D, file:///d: the d]",
      "two",
    ]);
    expect(output.structured).toEqual({ n: 1 });
    expect(output.images).toEqual([{ mime_type: "image/png", data: "aGVsbG8=" }]);
  });

  it("that are data alone are read as JSON", () => {
    expect(toOutput({ content: [], structuredContent: { n: 1 } })).toEqual({
      content: '{"n":1}',
      structured: { n: 1 },
    });
    const list = { content: [], structuredContent: [1, 2] } as never;
    expect(toOutput(list)).toEqual({ content: "[1,2]" });
  });

  it.each(["image/svg+xml", "text/html"])("are shown as images of no type %s", (mimeType) => {
    const output = toOutput({ content: [{ ...png, mimeType }] });
    expect(output).toEqual({ content: `[An image of type ${mimeType}, which is not shown.]` });
  });

  it("are shown as images only where they are base64", () => {
    expect(toOutput({ content: [{ ...png, data: "<script>" }] }).images).toBeUndefined();
  });

  it("that say that the tool failed are errors", () => {
    const content = [{ type: "text", text: "no paper" } as const];
    expect(() => toOutput({ content, isError: true })).toThrow("no paper");
    expect(() => toOutput({ content: [], isError: true })).toThrow("it says so without a reason");
  });
});

describe("words about an error", () => {
  const server = { ...remote("a", "https://x.example/mcp?key=query-secret") };
  const definition = {
    ...server,
    transport: { ...server.transport, headers: { authorization: "Bearer header-secret" } },
  } as typeof server;

  it("hide the secrets of the server, and tell the causes", () => {
    const cause = new Error(
      "connect to https://x.example/mcp?key=query-secret\nwith header-secret",
    );
    expect(wordsOf(new Error("fetch failed", { cause }), definition)).toBe(
      "fetch failed: connect to https://x.example/mcp?key=[secret] with [secret]",
    );
  });

  it("are few", () => {
    expect(wordsOf(new Error("x".repeat(1000)), program("a", [])).length).toBe(301);
  });
});

describe("parameters that go into headers", () => {
  const schema = (parameter: unknown, more = {}) => ({ properties: { a: parameter }, ...more });
  const region = { type: "string", "x-mcp-header": "Region" };

  it("are parameters of a plain type with a name that a header may have", () => {
    expect(wrongHeaderParameters(schema(region))).toBeNull();
    expect(wrongHeaderParameters(schema({ properties: { b: region } }))).toBeNull();
    expect(
      wrongHeaderParameters({ properties: { "x-mcp-header": { type: "string" } } }),
    ).toBeNull();
    expect(wrongHeaderParameters(schema({ default: { "x-mcp-header": 1 } }))).toBeNull();
  });

  it.each([
    ["in the schema itself", { "x-mcp-header": "A" }],
    ["in items", schema({ type: "array", items: region })],
    ["in a choice", schema({ anyOf: [region] })],
    ["in a definition", schema({}, { $defs: { a: region } })],
    ["of a list", schema({ ...region, type: "array" })],
    ["with a space in its name", schema({ ...region, "x-mcp-header": "a b" })],
    ["without a name", schema({ ...region, "x-mcp-header": "" })],
    ["twice", { properties: { a: region, b: { ...region, "x-mcp-header": "REGION" } } }],
  ])("are not allowed %s", (_where, wrong) => {
    expect(wrongHeaderParameters(wrong)).toContain("x-mcp-header");
  });
});

describe("an answer that is bounded", () => {
  const answer = (parts: readonly string[], type: string) =>
    bounded(
      new Response(ReadableStream.from(parts.map((part) => new TextEncoder().encode(part))), {
        headers: { "content-type": type },
      }),
      10,
    ).text();

  it("fails where it is longer", async () => {
    expect(await answer(["12345", "67890"], "application/json")).toBe("1234567890");
    await expect(answer(["12345", "67890", "1"], "application/json")).rejects.toThrow("10 bytes");
  });

  it("may last for ever as a stream of events, each of which is bounded", async () => {
    const events = Array.from({ length: 20 }, () => "data: 1\r\n\r\n");
    expect(await answer(events, "text/event-stream")).toHaveLength(220);
    await expect(answer(["data: 1\n", "data: 2\n"], "text/event-stream")).rejects.toThrow("bytes");
  });
});
