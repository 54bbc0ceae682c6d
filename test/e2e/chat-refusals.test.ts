/** What chat refuses: each field at its bounds, by name, and nothing is stored. */
import { afterEach, describe, expect, it } from "vitest";
import { RegenerateRequest } from "../../src/contract/chat.ts";
import { Conversation } from "../../src/contract/conversations.ts";
import { Run } from "../../src/contract/runs.ts";
import { listOf } from "../../src/contract/text.ts";
import type { Sent } from "../support/api.ts";
import { ENGINES } from "../support/engines.ts";
import { useStage } from "../support/stage.ts";

const UNKNOWN = "00000000000000000000000000";

/** So many fields with names of their own. */
function numbered(count: number): [string, string][] {
  return Array.from({ length: count }, (_, key) => [`k${key}`, "v"]);
}

const sixteen = Object.fromEntries(numbered(16));

/** Fields, with values just inside and just outside of their bounds. */
const BOUNDS: readonly [field: string, inside: readonly unknown[], outside: readonly unknown[]][] =
  [
    ["message", ["x", "x".repeat(200_000)], ["", "x".repeat(200_001), 7, null, ["x"]]],
    ["temperature", [0, 2], [-0.01, 2.01, "1"]],
    ["max_tokens", [1, 8192], [0, 8193, 1.5]],
    ["memory_window", [1, 200], [0, 201, 2.5]],
    ["max_tool_calls", [1, 20], [0, 21, "5"]],
    ["enable_memory", [false, true], ["yes", 1]],
    ["profile_id", [], ["p", `conv_${UNKNOWN}`, ""]],
    ["workflow_template", [], ["", "t".repeat(201)]],
    [
      "workflow_config",
      [{}, { memory_window: 3 }],
      ["rag", [], 3, { ["k".repeat(101)]: 1 }, Object.fromEntries(numbered(33))],
    ],
    ["document_ids", [], ["doc_1", [7], Array.from({ length: 1001 }, () => "doc_1")]],
    ["retriever", [], ["", "r".repeat(201), 3]],
    ["allowed_tools", [[]], [[""], "calculate", Array.from({ length: 201 }, () => "t")]],
    ["model", ["m", "m".repeat(200)], ["", "m".repeat(201)]],
    ["provider", ["openai"], [""]],
    ["system_prompt_override", ["", "s".repeat(100_000)], ["s".repeat(100_001)]],
    [
      "metadata",
      [{}, sixteen, { ["k".repeat(64)]: "v".repeat(512) }],
      [{ ...sixteen, more: "" }, { k: 1 }, { "": "v" }, { ["k".repeat(65)]: "v" }, []],
    ],
    ["metadata", [], [{ k: "v".repeat(513) }]],
    ["on_conflict", ["enqueue", "reject", "interrupt", "rollback"], ["queue", ""]],
    ["on_disconnect", ["continue", "cancel"], ["stop"]],
    ["stream", [false], ["true", 1]],
    ["background", [false], ["no"]],
    [
      "workflow",
      ["plain", "basic"],
      ["Plain", "", "other", "constructor", "plain ", "w".repeat(65)],
    ],
    ["conversation_id", [], ["conv_1", `msg_${UNKNOWN}`, "", 5]],
    ["parent_id", ["root"], ["msg_1", "Root", `conv_${UNKNOWN}`]],
  ];

/** Options that name something, with a value that names nothing that exists on this server. */
const UNKNOWN_NAMES: readonly [
  field: string,
  value: unknown,
  expected: { status: number; code: string; path?: string },
][] = [
  ["profile_id", `prof_${UNKNOWN}`, { status: 404, code: "NOT_FOUND" }],
  [
    "workflow_template",
    "suport",
    { status: 422, code: "WORKFLOW_CONFIG_ERROR", path: "workflow_template" },
  ],
  [
    "allowed_tools",
    ["fly"],
    { status: 422, code: "WORKFLOW_CONFIG_ERROR", path: "allowed_tools.0" },
  ],
  [
    "workflow_config",
    { max_documents: 3 },
    { status: 422, code: "WORKFLOW_VALIDATION_ERROR", path: "workflow_config.max_documents" },
  ],
  ["document_ids", [`doc_${UNKNOWN}`], { status: 404, code: "NOT_FOUND", path: "document_ids" }],
  ["retriever", "default", { status: 422, code: "WORKFLOW_VALIDATION_ERROR", path: "retriever" }],
];

/** Every option, for what it does when it is null. */
const OPTIONS = Object.keys(RegenerateRequest.shape);

const json = { "content-type": "application/json" };

/** Bodies that are no JSON request at all, with the status that each gets. */
const BROKEN: readonly [what: string, status: number, sent: Sent][] = [
  ["malformed JSON", 422, { raw: '{"message": "x"', headers: json }],
  ["a number", 422, { raw: "7", headers: json }],
  ["null", 422, { raw: "null", headers: json }],
  ["an array", 422, { raw: '[{"message":"x"}]', headers: json }],
  ["nothing", 422, { raw: "", headers: json }],
  ["plain text", 415, { raw: '{"message":"x"}', headers: { "content-type": "text/plain" } }],
  [
    "a form",
    415,
    { raw: "message=x", headers: { "content-type": "application/x-www-form-urlencoded" } },
  ],
  [
    "invalid UTF-8",
    422,
    {
      raw: new Uint8Array([...Buffer.from('{"message":"'), 0xff, 0xfe, 0x22, 0x7d]),
      headers: json,
    },
  ],
  ["too many bytes", 413, { raw: `{"message":"${"x".repeat(4 * 1024 * 1024)}"}`, headers: json }],
  [
    "too many bytes of unknown length",
    413,
    { raw: "x".repeat(5 * 1024 * 1024), chunked: true, headers: json },
  ],
  ["the character U+0000", 422, { body: { message: "a\0b" } }],
  ["half a surrogate pair", 422, { raw: String.raw`{"message":"\ud83d"}`, headers: json }],
  ["U+0000 in metadata", 422, { body: { message: "x", metadata: { k: "\0" } } }],
];

describe.each(ENGINES)("chat refuses on $name", (engine) => {
  const stage = useStage(engine);

  /** How much is stored. */
  async function stored(): Promise<[conversations: number, runs: number]> {
    const conversations = await stage.api.get(listOf(Conversation), "/conversations?limit=200");
    const runs = await stage.api.get(listOf(Run), "/runs?limit=200");
    return [conversations.data.length, runs.data.length];
  }

  describe("and stores nothing", () => {
    afterEach(async () => {
      expect(await stored()).toEqual([0, 0]);
    });

    it.each(BOUNDS.filter(([, , outside]) => outside.length > 0))(
      "%s outside of its bounds, by name",
      async (field, _inside, outside) => {
        for (const value of outside) {
          const body = { message: "hello", [field]: value };
          const { status, problem } = await stage.api.refused("POST", "/chat", { body });
          expect(status).toBe(422);
          expect(problem.code).toBe("WORKFLOW_VALIDATION_ERROR");
          const paths = problem.errors?.map(({ path }) => path.split(".")[0]);
          expect(paths, JSON.stringify(problem)).toEqual([field]);
          expect(problem.invalid_parameters?.length).toBeGreaterThan(0);
        }
      },
    );

    it.each(BROKEN)("%s, with %i", async (_what, status, sent) => {
      const refusal = await stage.api.refused("POST", "/chat", sent);
      expect(refusal.status).toBe(status);
    });

    it.each(UNKNOWN_NAMES)("%s that names nothing here", async (field, value, expected) => {
      const body = { message: "hello", [field]: value };
      const { status, problem } = await stage.api.refused("POST", "/chat", { body });
      expect({ status, code: problem.code, path: problem.errors?.[0]?.path }).toEqual({
        path: undefined,
        ...expected,
      });
    });

    it.each(["tools", "full", "rag+tools", "tools+rag"])(
      "the workflow %s, saying what it lacks",
      async (workflow) => {
        const body = { message: "hello", workflow, allowed_tools: [] };
        const { status, problem } = await stage.api.refused("POST", "/chat", { body });
        expect(status).toBe(422);
        expect(problem).toMatchObject({ code: "WORKFLOW_CONFIG_ERROR" });
        expect(problem.workflow_type).toBe(workflow.includes("+") ? "full" : workflow);
        expect(problem.missing_parameter).toBe("tools");
      },
    );

    it.each(["surprise", "Message", "__proto__", "constructor"])(
      "the unknown field %s, by name",
      async (field) => {
        const raw = `{"message":"hello",${JSON.stringify(field)}:{"a":1}}`;
        const { status, problem } = await stage.api.refused("POST", "/chat", { raw });
        expect(status).toBe(422);
        expect(problem.errors).toEqual([{ path: field, message: "is not a known field" }]);
      },
    );

    it("several mistakes, all at once", async () => {
      const body = { message: "", temperature: 3, surprise: 1 };
      const { problem } = await stage.api.refused("POST", "/chat", { body });
      const paths = problem.errors?.map(({ path }) => path);
      expect(paths?.toSorted()).toEqual(["message", "surprise", "temperature"]);
    });

    it("a stream in the background, which contradicts itself", async () => {
      const body = { message: "hello", stream: true, background: true };
      const { status, problem } = await stage.api.refused("POST", "/chat", { body });
      expect(status).toBe(422);
      expect(problem.errors?.[0]?.path).toBe("background");
    });

    it("an unknown provider, with the known ones", async () => {
      const body = { message: "hello", provider: "nobody" };
      const { status, problem } = await stage.api.refused("POST", "/chat", { body });
      expect(status).toBe(422);
      expect(problem.code).toBe("WORKFLOW_CONFIG_ERROR");
      expect(problem.detail).toMatch(/openai.*offline/);
    });

    it("an unknown conversation: never a new one instead", async () => {
      const conversation_id = `conv_${UNKNOWN}`;
      const body = { message: "hello", conversation_id };
      const { status, problem } = await stage.api.refused("POST", "/chat", { body });
      expect(status).toBe(404);
      expect(problem).toMatchObject({ code: "NOT_FOUND" });
    });

    it("a parent without its conversation", async () => {
      const body = { message: "hello", parent_id: `msg_${UNKNOWN}` };
      const { status, problem } = await stage.api.refused("POST", "/chat", { body });
      expect(status).toBe(422);
      expect(problem.errors?.[0]?.path).toBe("parent_id");
    });
  });

  it("a parent of another conversation, and adds nothing to either", async () => {
    const one = await stage.api.chat("one");
    const other = await stage.api.chat("other");
    const body = {
      message: "hello",
      conversation_id: one.conversation_id,
      parent_id: other.message.id,
    };
    expect((await stage.api.refused("POST", "/chat", { body })).status).toBe(404);
    expect(await stage.api.messages(one.conversation_id)).toHaveLength(2);
    expect(await stage.api.messages(other.conversation_id)).toHaveLength(2);
  });

  it.each(BOUNDS.filter(([, inside]) => inside.length > 0))(
    "%s no longer inside of its bounds",
    async (field, inside) => {
      for (const value of inside) {
        const answer = await stage.api.chat("hello", { [field]: value });
        expect(answer.message.status).toBe("complete");
      }
    },
  );

  it.each(OPTIONS)("not %s where it is null", async (field) => {
    const answer = await stage.api.chat("hello", { [field]: null });
    expect(answer.message.status).toBe("complete");
  });
});
