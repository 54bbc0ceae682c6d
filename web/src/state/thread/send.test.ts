import { expect, test } from "vitest";
import { createClient } from "../../../../src/client/index.ts";
import { createStore } from "../../api/store.ts";
import { type AnswerSettings, NO_SETTINGS } from "../answer-settings.ts";
import { run } from "../testing.ts";
import { createThread } from "./thread.ts";

const SETTINGS: AnswerSettings = { ...NO_SETTINGS, workflow: "tools", system_prompt: "Be brief." };

/** A server that takes everything, except for as many messages as `refusals` says. */
function begin(refusals: number, settings = SETTINGS) {
  const requests: [string, unknown][] = [];
  const moves: (string | null)[] = [];
  let left = refusals;
  const answer = (path: string): Response => {
    if (path === "POST /conversations") return Response.json({ id: "conv", title: "New" });
    if (path === "POST /chat") {
      return left-- > 0
        ? Response.json({ code: "CONFLICT", detail: "No.", status: 409 }, { status: 409 })
        : Response.json(run("run", "msg", "running"), { status: 202 });
    }
    return Response.json({ code: "NOT_FOUND", detail: "None.", status: 404 }, { status: 404 });
  };
  const client = createClient({
    baseUrl: "http://chatter.test",
    fetch: (input, init) => {
      const path = `${init?.method} ${new URL(input as string).pathname.replace("/api/v1", "")}`;
      if (init?.body) requests.push([path, JSON.parse(init.body as string)]);
      return Promise.resolve(answer(path));
    },
  });
  const draft = createStore(settings);
  const thread = createThread({
    client,
    draft,
    model: () => null,
    scope: () => ({}),
    onMoved: (id) => moves.push(id),
    onChanged: () => undefined,
    onAnswered: () => undefined,
  });
  return { thread, draft, requests, moves };
}

test("settings begin a conversation, in which the first message then stands", async () => {
  const { thread, draft, requests, moves } = begin(0);
  expect(await thread.send("Hi")).toBe(true);
  expect(requests).toEqual([
    ["POST /conversations", SETTINGS],
    ["POST /chat", { message: "Hi", conversation_id: "conv", background: true }],
  ]);
  expect(draft.get()).toBe(NO_SETTINGS);
  expect(new Set(moves)).toEqual(new Set(["conv"]));
});

test("without settings the server begins the conversation itself", async () => {
  const { thread, requests } = begin(0, NO_SETTINGS);
  expect(await thread.send("Hi")).toBe(true);
  expect(requests).toEqual([["POST /chat", { message: "Hi", background: true }]]);
});

test("a message that was refused goes to the same conversation when it is sent again", async () => {
  const { thread, requests } = begin(1);
  expect(await thread.send("Hi")).toBe(false);
  expect(thread.state.get()).toMatchObject({ conversationId: "conv", outgoing: null });
  expect(await thread.send("Hi")).toBe(true);
  expect(requests.map(([path]) => path)).toEqual([
    "POST /conversations",
    "POST /chat",
    "POST /chat",
  ]);
});

test("whoever leaves meanwhile gets the answer, and keeps what is on the screen", async () => {
  const { thread, requests, moves } = begin(0);
  const sending = thread.send("Hi");
  thread.open("other", null);
  await sending;
  expect(requests.at(-1)).toEqual([
    "POST /chat",
    { message: "Hi", conversation_id: "conv", background: true },
  ]);
  expect(thread.state.get().conversationId).toBe("other");
  expect(moves).toEqual([]);
});
