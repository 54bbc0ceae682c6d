import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ModelMessage } from "../workflow/ports/model.ts";
import { passesLuhn } from "./redact/card.ts";
import { RedactionMiddleware } from "./redaction.ts";
import { REDACTION_KINDS, type RedactionKind } from "./redaction-kinds.ts";
import { CONTEXT, STATE } from "../workflow/testing/states.ts";
import { everySplit, play, reasoning, token } from "./testing/answers.ts";

async function redact(
  text: string,
  kinds: readonly RedactionKind[] = REDACTION_KINDS,
): Promise<string> {
  const messages: ModelMessage[] = [{ role: "user", content: text }];
  const state = await new RedactionMiddleware(kinds).before?.({ ...STATE, messages }, CONTEXT);
  return state?.messages[0]?.content ?? "";
}

async function stream(pieces: readonly string[]): Promise<string> {
  const { text, error } = await play([new RedactionMiddleware(REDACTION_KINDS)], pieces.map(token));
  expect(error).toBeNull();
  return text;
}

describe("e-mail addresses", () => {
  it.each([
    "bob@example.com",
    "Bob.O'Brien+news_2@mail.example.co.uk",
    "jürgen@münchen.de",
    "a@b.cd",
    `${"x".repeat(64)}@example.com`,
    "bob@xn--mnchen-3ya.de",
    "0301234567@voip.example",
  ])("%s is one", async (address) => {
    expect(await redact(`Write to ${address}, please.`)).toBe("Write to [email], please.");
    expect(await redact(`<mailto:${address}>`)).toBe("<mailto:[email]>");
    expect(await redact(address)).toBe("[email]");
  });

  it.each([
    "a@b",
    "@example.com",
    "bob @example.com",
    "bob@example",
    "bob@-x.com",
    "a@b..c",
    "b@1.2.3.4",
  ])("%s is none", async (text) => {
    expect(await redact(text)).toBe(text);
  });

  it("end where their domain ends, and may follow each other", async () => {
    expect(await redact("bob@example.com.")).toBe("[email].");
    expect(await redact("bob@example.com-and")).toBe("[email]-and");
    expect(await redact("_bob@example.com_")).toBe("_[email]_");
    expect(await redact("x@y@example.com")).toBe("x@[email]");
    expect(await redact("a@b.com,c@d.com;e@f.com")).toBe("[email],[email];[email]");
    expect(await redact("请联系bob@example.com谢谢")).toBe("请联系[email]谢谢");
  });
});

describe("telephone numbers", () => {
  it.each([
    "+49 30 1234567",
    "+49 (0) 30 / 1234567",
    "+1-212-555-1234",
    "+1 (212) 555-1234",
    "+33 1 23 45 67 89",
    "+442079460958",
    "0049 30 123456",
    "(212) 555-1234",
    "212-555-1234",
    "212.555.1234",
    "1-800-555-1234",
    "555-1234",
    "5551234",
    "2125551234",
    "030 1234567",
    "030/1234567",
    "(030) 123 45 67",
    "0171-2345678",
    "020 7946 0958",
    "01 23 45 67 89",
    "01.23.45.67.89",
    "138 0013 8000",
    "13800138000",
    "98765 43210",
    "612 345 678",
    "6123 4567",
    "22 33 44 55",
  ])("%s is one", async (number) => {
    expect(await redact(`Call ${number}, now.`)).toBe("Call [phone], now.");
    expect(await redact(number)).toBe("[phone]");
    expect(await redact(`tel:${number}`)).toBe("tel:[phone]");
  });

  it.each([
    ["too short", "123456 and 12-34-56 and +49 123"],
    ["too long", "1234567890123456"],
    ["a date", "2024-01-31 31.01.2024 01/31/24 20240131 20240131235959"],
    ["a date and a time", "2024-01-31 10:30:15, 31/12/1999 23:59"],
    ["a range of years", "2019-2024 or 2019 2024"],
    [
      "an order number",
      "ORD1234567 INV-2024-001234 AB-1234567 #1234567 1234567-AB 1234567b no_1234567",
    ],
    ["an amount", "1 000 000 or 250 000 000 or 1.000.000 or 83000000 or $1234567 or 1,234,567"],
    ["a decimal", "3.14159265 and 0.1234567 and 1234567.5"],
    ["a network address", "192.168.100.101 or 10.0.0.1"],
    ["a time in seconds", "1735689600 or 1735689600000"],
    ["part of an address", "https://example.com/1234567890"],
    ["part of an identifier", "550e8400-e29b-41d4-a716-446655440000 0x1234567"],
    ["a list", "1 2 3 4 5 6 7 8 9 10 11 12, 10 20 30 40, 1024 2048 4096 8192 16384"],
    ["a table", Array.from({ length: 40 }, (_, index) => 100 + index).join(" ")],
  ])("%s is none", async (_kind, text) => {
    expect(await redact(text)).toBe(text);
  });

  it("are found beside other figures and each other", async () => {
    expect(await redact("2024-01-31 030 1234567")).toBe("2024-01-31 [phone]");
    expect(await redact("12/26 031 1234567")).toBe("12/26 [phone]");
    expect(await redact("030 1234567 040 7654321")).toBe("[phone] [phone]");
    expect(await redact("+49 30 1234567 +49 40 7654321")).toBe("[phone] [phone]");
    expect(await redact("10:30 0301234567")).toBe("10:30 [phone]");
  });
});

describe("card numbers", () => {
  it.each([
    "4111111111111111",
    "4111 1111 1111 1111",
    "4111-1111-1111-1111",
    "3782 822463 10005",
    "5555555555554444",
    "6011 1111 1111 1117",
    "4222222222222",
    "4222 2222 2222 2",
    "6304 0000 0000 0000 000",
  ])("%s is one", async (number) => {
    expect(await redact(`My card ${number}.`)).toBe("My card [card].");
    expect(await redact(`${number} 12/26 123`, ["card"])).toBe("[card] 12/26 123");
  });

  it.each([
    "4111 1111 1111 1112",
    "9111111111111111",
    "4111_1111_1111_1111",
    "41111111111111111111",
  ])("%s is none", async (number) => {
    expect(await redact(number)).toBe(number);
  });

  it("are found in a long row of figures", async () => {
    const figures = Array.from({ length: 30 }, (_, index) => 100 + index).join(" ");
    const text = `${figures} 4111 1111 1111 1111 ${figures}`;
    expect(await redact(text)).toBe(`${figures} [card] ${figures}`);
    expect(await stream(Array.from(text))).toBe(`${figures} [card] ${figures}`);
    expect(await redact(`${"7".repeat(200)} 4111111111111111`)).toBe(`${"7".repeat(200)} [card]`);
  });

  it("are known by their check digit", () => {
    const digits = "411111111111111";
    const checks = Array.from({ length: 10 }, (_, check) => passesLuhn(digits + String(check)));
    expect(checks.filter(Boolean)).toHaveLength(1);
    expect(checks[1]).toBe(true);
  });
});

describe("redaction", () => {
  it("replaces in all that the model is sent: every message, the calls of tools, the summary", async () => {
    const call = {
      tool_call_id: "c1",
      name: "mail",
      arguments: { to: ["a@b.com"], count: 2, more: { cc: "c@d.com" } },
    };
    const messages: ModelMessage[] = [
      { role: "system", content: "Support: help@example.com" },
      { role: "user", content: "I am a@b.com" },
      { role: "assistant", content: "Hello a@b.com", tool_calls: [call] },
      { role: "tool", tool_call_id: "c1", content: "sent to a@b.com" },
    ];
    const given = { ...STATE, messages, conversation_summary: "They are a@b.com." };
    const state = await new RedactionMiddleware(["email"]).before?.(given, CONTEXT);
    const redacted = { to: ["[email]"], count: 2, more: { cc: "[email]" } };
    expect(state).toEqual({
      ...STATE,
      conversation_summary: "They are [email].",
      messages: [
        { role: "system", content: "Support: [email]" },
        { role: "user", content: "I am [email]" },
        {
          role: "assistant",
          content: "Hello [email]",
          tool_calls: [{ ...call, arguments: redacted }],
        },
        { role: "tool", tool_call_id: "c1", content: "sent to [email]" },
      ],
    });
    expect(given.messages[1]?.content).toBe("I am a@b.com");
  });

  it("replaces only what it is told to", async () => {
    const text = "a@b.com 030 1234567 4111111111111111";
    expect(await redact(text, ["email"])).toBe("[email] 030 1234567 4111111111111111");
    expect(await redact(text, ["phone"])).toBe("a@b.com [phone] 4111111111111111");
    expect(await redact(text, ["card"])).toBe("a@b.com 030 1234567 [card]");
    const none = new RedactionMiddleware([]);
    expect([none.before, none.wrap]).toEqual([undefined, undefined]);
  });

  it.each(["a@bc.de", "0301234567", "+49 30 12345"])(
    "never shows any part of %s in an answer, however it is split over deltas",
    async (secret) => {
      const kind = secret.includes("@") ? "[email]" : "[phone]";
      for (const pieces of everySplit(secret)) {
        const shown = [
          await stream(["Say ", ...pieces, " now"]),
          await stream(["Say ", ...pieces]),
        ];
        expect({ pieces, shown }).toEqual({ pieces, shown: [`Say ${kind} now`, `Say ${kind}`] });
      }
    },
  );

  it("holds an answer back no longer than something may still come of it", async () => {
    const pieces = ["Hello", " world", " is 42", " and", " bob@", "home", " now"];
    const { events } = await play([new RedactionMiddleware(REDACTION_KINDS)], pieces.map(token));
    const shown = events.map((event) => (event.type === "token" ? event.content : ""));
    expect(shown).toEqual(["Hello ", "world is ", "42 ", "and ", "bob@home ", "now"]);
  });

  it("goes through an answer's reasoning as well, and starts anew after a step", async () => {
    const step = { type: "step", node: "tools", status: "started", duration_ms: null } as const;
    const events = [reasoning("ask a@b.co"), token("is a@b.co"), step, token("m and c@d.com")];
    const { events: seen } = await play([new RedactionMiddleware(["email"])], events);
    expect(seen).toEqual([
      reasoning("ask "),
      reasoning("[email]"),
      token("is "),
      token("[email]"),
      step,
      token("m and "),
      token("[email]"),
    ]);
  });

  it("does not depend on how an answer is cut", async () => {
    const part = fc.constantFrom(
      "a",
      "b@c.de",
      "@",
      ".",
      "+49",
      "030",
      "1234567",
      "4111 1111 1111 1111",
      " ",
      "-",
      "/",
      "(",
      ")",
      "12",
      "2024-01-31",
      "\n",
      "é",
      "👍",
      ",",
      ":",
    );
    const parts = fc.array(part, { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(parts, fc.integer({ min: 1, max: 5 }), async (words, size) => {
        const text = words.join("");
        const characters = Array.from(text);
        const pieces = characters.flatMap((_, index) =>
          index % size === 0 ? [characters.slice(index, index + size).join("")] : [],
        );
        expect(await stream(pieces)).toBe(await redact(text));
      }),
      { numRuns: 1000 },
    );
  });
});
