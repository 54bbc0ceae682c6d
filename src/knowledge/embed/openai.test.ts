import { afterEach, describe, expect, test } from "vitest";
import { ProviderError } from "../../workflow/errors.ts";
import {
  type JsonAnswer,
  type JsonRequest,
  type JsonServer,
  startJsonServer,
} from "../testing/json-server.ts";
import {
  type ClosableEmbedder,
  createOpenAiEmbedder,
  type OpenAiEmbedderOptions,
} from "./openai.ts";

const never = new AbortController().signal;
const QUICK = { answerMs: 500, totalMs: 2000, pauseMs: 5 };

let server: JsonServer;
let embedder: ClosableEmbedder;

afterEach(async () => {
  await embedder.close();
  await server.close();
});

type Answer = (request: JsonRequest) => JsonAnswer | null;

async function start(answer: Answer, options: Partial<OpenAiEmbedderOptions> = {}): Promise<void> {
  server = await startJsonServer(answer);
  embedder = createOpenAiEmbedder({
    provider: "test",
    baseUrl: server.url,
    apiKey: "secret-key",
    model: "small",
    dimensions: null,
    limits: QUICK,
    ...options,
  });
}

/** The length of a text, in the first of two dimensions; the answer in another order than the texts. */
function answerByLength({ body }: JsonRequest): JsonAnswer {
  const data = (body["input"] as string[]).map((text, index) => ({
    index,
    embedding: [text.length, 1],
  }));
  return { body: { data: data.toReversed() } };
}

async function failure(): Promise<ProviderError> {
  const error: unknown = await embedder
    .embed(["a"], "passage", never)
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ProviderError);
  return error as ProviderError;
}

describe("embedding", () => {
  test("gives unit vectors in the order of the texts", async () => {
    await start(answerByLength);
    const vectors = await embedder.embed(["aaaa", "a"], "passage", never);
    expect(vectors.map((vector) => vector[0]! / vector[1]!)).toEqual(
      [4, 1].map((n) => expect.closeTo(n, 5)),
    );
    for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 6);
    expect(server.requests[0]).toMatchObject({
      path: "/v1/embeddings",
      headers: { authorization: "Bearer secret-key" },
      body: { model: "small", input: ["aaaa", "a"] },
    });
    expect(server.requests[0]?.body).not.toHaveProperty("dimensions");
  });

  test("cuts many texts into requests, and puts the answers together", async () => {
    await start(answerByLength);
    const texts = Array.from({ length: 75 }, (_, index) => "x".repeat(index + 1));
    const vectors = await embedder.embed(texts, "passage", never);
    expect(vectors.map((vector) => Math.round(vector[0]! / vector[1]!))).toEqual(
      texts.map(({ length }) => length),
    );
    expect(server.requests).toHaveLength(3);
    const long = ["y".repeat(150_000), "y".repeat(150_000)];
    await embedder.embed(long, "passage", never);
    expect(server.requests).toHaveLength(5);
    expect(await embedder.embed([], "passage", never)).toEqual([]);
  });

  test("asks the model how many dimensions it has, once", async () => {
    await start(answerByLength);
    const space = { provider: "test", model: "small", dimensions: 2, version: 1 };
    expect(await embedder.space(never)).toEqual(space);
    expect(await embedder.space(never)).toEqual(space);
    expect(server.requests).toHaveLength(1);
  });

  test("asks for the dimensions that were set, and needs no question to know them", async () => {
    await start(answerByLength, { dimensions: 2, version: 3 });
    expect(await embedder.space(never)).toMatchObject({ dimensions: 2, version: 3 });
    expect(server.requests).toHaveLength(0);
    await embedder.embed(["a"], "passage", never);
    expect(server.requests[0]?.body).toMatchObject({ dimensions: 2 });
  });

  test("sets questions and passages apart where the model wants that", async () => {
    await start(answerByLength, { prefixes: { question: "query: ", passage: "passage: " } });
    await embedder.embed(["a"], "question", never);
    await embedder.embed(["a"], "passage", never);
    expect(server.requests.map(({ body }) => body["input"])).toEqual([
      ["query: a"],
      ["passage: a"],
    ]);
  });
});

describe("a server in trouble", () => {
  test("is asked again after a failure, and later if it says when", async () => {
    const answers: JsonAnswer[] = [
      { status: 503, body: "" },
      { status: 429, headers: { "retry-after-ms": "60" }, body: {} },
    ];
    await start((request) => answers[request.index] ?? answerByLength(request));
    const since = performance.now();
    expect(await embedder.embed(["a"], "passage", never)).toHaveLength(1);
    expect(performance.now() - since).toBeGreaterThanOrEqual(59);
    expect(server.requests).toHaveLength(3);
  });

  test("is not waited for longer than the whole call may take", async () => {
    await start(() => ({ status: 429, headers: { "retry-after": "60" }, body: {} }));
    expect(await failure()).toMatchObject({ code: "PROVIDER_RATE_LIMITED", retryAfterMs: 60_000 });
    expect(server.requests).toHaveLength(1);
  });

  test("is given up after its retries", async () => {
    await start(() => ({ status: 500, body: { error: "overloaded" } }));
    expect((await failure()).message).toContain('"overloaded"');
    expect(server.requests).toHaveLength(4);
  });

  test("is left alone by what is left of a call that has failed", async () => {
    await start(() => ({ status: 401, body: {} }));
    const texts = Array.from({ length: 400 }, () => "a");
    await expect(embedder.embed(texts, "passage", never)).rejects.toThrow(ProviderError);
    expect(server.requests.length).toBeLessThanOrEqual(4);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.requests.length).toBeLessThanOrEqual(4);
  });

  test("is asked for a question only once more, as somebody waits", async () => {
    await start(() => ({ status: 500, body: {} }), { limits: {} });
    await expect(embedder.embed(["a"], "question", never)).rejects.toThrow(ProviderError);
    expect(server.requests).toHaveLength(2);
  });

  test("that refuses is asked once, and its words are shown without the key", async () => {
    const body = { error: { message: "no access for secret-key" } };
    await start(() => ({ status: 401, body }));
    const { message } = await failure();
    expect(message).toContain("no access for [key]");
    expect(message).toContain("CHATTER_EMBEDDING_API_KEY");
    expect(server.requests).toHaveLength(1);
  });

  test("that is silent ends with the time limit", async () => {
    await start(() => null, { limits: { ...QUICK, answerMs: 50 } });
    expect(await failure()).toMatchObject({ code: "PROVIDER_TIMEOUT" });
    // On a busy machine not even the first may have come; there is no second.
    expect(server.requests.length).toBeLessThanOrEqual(1);
  });

  test("that is away is named with its setting", async () => {
    await start(answerByLength, { baseUrl: new URL("http://127.0.0.1:9/v1?key=hidden") });
    const { message } = await failure();
    expect(message).toContain("CHATTER_EMBEDDING_BASE_URL");
    expect(message).not.toContain("hidden");
  });

  test.each([
    ["<html>", "is not JSON"],
    [{ data: null }, "has no list of data"],
    [{ data: [] }, "0 vectors for 1 texts"],
    [{ data: [{ embedding: [] }] }, "without numbers"],
    [{ data: [{ embedding: [0, 0] }] }, "zeros"],
    [{ data: [{ embedding: ["1", 2] }] }, "something else than numbers"],
    [{ data: [{ index: 5, embedding: [1, 2] }] }, "has no vector for one of the texts"],
    [{ data: [{ embedding: [1, 2, 3] }] }, "3 dimensions, not of 2"],
  ])("answers %j", async (body, expected) => {
    await start(() => ({ body }), { dimensions: 2 });
    expect((await failure()).message).toContain(expected);
    expect(server.requests).toHaveLength(1);
  });
});

test("an abort ends it with the reason, also in the middle and in a pause", async () => {
  await start(
    (request) =>
      (request.body["input"] as string[])[0] === "hang" ? null : { status: 503, body: "" },
    {
      limits: { ...QUICK, pauseMs: 1000 },
    },
  );
  const reason = new Error("enough");
  await expect(embedder.embed(["a"], "passage", AbortSignal.abort(reason))).rejects.toBe(reason);
  for (const text of ["hang", "pause"]) {
    const controller = new AbortController();
    const call = embedder.embed([text], "passage", controller.signal);
    setTimeout(() => controller.abort(reason), 50);
    await expect(call).rejects.toBe(reason);
  }
});
