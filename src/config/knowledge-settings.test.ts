import { describe, expect, test } from "vitest";
import { toConfig } from "../config/config.ts";

const OPENAI = "https://api.openai.com/v1";
const LOCAL = "http://localhost:11434/v1";

function embedding(settings: Readonly<Record<string, string>>) {
  return toConfig({ CHATTER_EMBEDDING_MODEL: "m", ...settings }, "/srv").embedding;
}

describe("embeddings", () => {
  test("there are none without a model", () => {
    expect(toConfig({ OPENAI_API_KEY: "sk" }, "/srv").embedding).toBeNull();
  });

  test("come from OpenAI's server, or the one in its place, with its key", () => {
    expect(embedding({ OPENAI_API_KEY: "sk" })).toEqual({
      model: "m",
      baseUrl: OPENAI,
      apiKey: "sk",
    });
    expect(embedding({ OPENAI_API_KEY: "sk", OPENAI_BASE_URL: LOCAL })).toEqual({
      model: "m",
      baseUrl: LOCAL,
      apiKey: "sk",
    });
    expect(embedding({ OPENAI_BASE_URL: LOCAL })).toMatchObject({ apiKey: undefined });
  });

  test("have a server and a key of their own", () => {
    const own = { CHATTER_EMBEDDING_BASE_URL: LOCAL, CHATTER_EMBEDDING_API_KEY: "ek" };
    expect(embedding({ ...own, OPENAI_API_KEY: "sk" })).toEqual({
      model: "m",
      baseUrl: LOCAL,
      apiKey: "ek",
    });
  });

  test("do not show OpenAI's key to another server", () => {
    const elsewhere = { OPENAI_API_KEY: "sk", CHATTER_EMBEDDING_BASE_URL: LOCAL };
    expect(embedding(elsewhere)?.apiKey).toBeUndefined();
    const beside = { OPENAI_API_KEY: "sk", CHATTER_EMBEDDING_BASE_URL: `${OPENAI}/other` };
    expect(embedding(beside)?.apiKey).toBe("sk");
  });

  test("are refused without a key where one is needed", () => {
    expect(() => embedding({})).toThrow(/no key for https:\/\/api\.openai\.com/);
    expect(() => embedding({ CHATTER_EMBEDDING_BASE_URL: OPENAI })).toThrow(/no key/);
  });
});

describe("reranking", () => {
  test("needs a model and its server; a key only where that wants one", () => {
    expect(toConfig({}, "/srv").rerank).toBeNull();
    const named = { CHATTER_RERANK_MODEL: "r", OPENAI_API_KEY: "sk" };
    expect(() => toConfig(named, "/srv")).toThrow(/CHATTER_RERANK_BASE_URL/);
    const whole = { ...named, CHATTER_RERANK_BASE_URL: "https://rerank.example/v1" };
    expect(toConfig(whole, "/srv").rerank).toEqual({
      model: "r",
      baseUrl: "https://rerank.example/v1",
      apiKey: undefined,
    });
    expect(toConfig({ ...whole, CHATTER_RERANK_API_KEY: "rk" }, "/srv").rerank?.apiKey).toBe("rk");
  });
});

test.each([
  ["CHATTER_EMBEDDING_MODEL", " "],
  ["CHATTER_EMBEDDING_BASE_URL", "localhost:11434"],
  ["CHATTER_EMBEDDING_BASE_URL", "http://user:word@localhost/v1"],
  ["CHATTER_EMBEDDING_API_KEY", " "],
  ["CHATTER_RERANK_MODEL", " "],
  ["CHATTER_RERANK_BASE_URL", "ftp://localhost"],
  ["CHATTER_RERANK_BASE_URL", "http://:word@localhost/v1"],
  ["CHATTER_RERANK_API_KEY", " "],
])("refuses %s=%s, and names it without its password", (name, value) => {
  const refused = () => toConfig({ [name]: value }, "/srv");
  expect(refused).toThrow(name);
  expect(refused).not.toThrow(/word@/);
});

test("a server or a key without a model is named in a warning", () => {
  const idle = {
    CHATTER_EMBEDDING_BASE_URL: LOCAL,
    CHATTER_EMBEDDING_API_KEY: "ek",
    CHATTER_RERANK_API_KEY: "rk",
    CHATTER_RERANK_BASE_URL: "",
  };
  expect(toConfig(idle, "/srv").warnings).toEqual([
    "CHATTER_EMBEDDING_BASE_URL has no effect without CHATTER_EMBEDDING_MODEL.",
    "CHATTER_EMBEDDING_API_KEY has no effect without CHATTER_EMBEDDING_MODEL.",
    "CHATTER_RERANK_API_KEY has no effect without CHATTER_RERANK_MODEL.",
  ]);
  const used = { ...idle, CHATTER_EMBEDDING_MODEL: "m", CHATTER_RERANK_API_KEY: "" };
  expect(toConfig(used, "/srv").warnings).toEqual([]);
});
