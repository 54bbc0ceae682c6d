import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { toConfig } from "./config.ts";
import { WorkflowConfigurationError } from "../workflow/errors.ts";

const KEY = "k".repeat(32);

function refusal(given: Readonly<Record<string, unknown>>): WorkflowConfigurationError {
  try {
    toConfig(given, "/srv");
  } catch (error) {
    if (error instanceof WorkflowConfigurationError) return error;
    throw error;
  }
  throw new Error("The configuration was accepted.");
}

describe("the configuration", () => {
  it("has a default for everything", () => {
    const defaults = {
      host: "127.0.0.1",
      port: 8000,
      dataDir: resolve("/srv/data"),
      databaseUrl: null,
      migrate: true,
      provider: undefined,
      model: undefined,
      openai: { apiKey: undefined, baseUrl: undefined },
      anthropic: { apiKey: undefined, baseUrl: undefined },
      aiSdk: undefined,
      ollamaHost: undefined,
      embedding: null,
      rerank: null,
      auth: { mode: "local", bootstrapKey: null },
      rateLimits: [{ name: "hour", limit: 100, windowSeconds: 3600 }],
      contentFilter: { words: [], patterns: [] },
      redact: [],
      toolServers: "public",
      secretKeys: [],
      publicUrl: null,
      toolSearchAbove: 30,
      maxConcurrentRuns: 2000,
      runRetentionMs: 24 * 3_600_000,
      stopDelayMs: 0,
      drainTimeoutMs: 20_000,
      logLevel: "info",
      warnings: [],
    };
    expect(toConfig({}, "/srv")).toMatchObject(defaults);
    expect(toConfig({ CHATTER_PORT: "", CHATTER_LOG_LEVEL: "" }, "/srv")).toMatchObject(defaults);
  });

  it("takes each setting as it is given, and is frozen", () => {
    const given = {
      CHATTER_HOST: "::1",
      CHATTER_PORT: "0",
      CHATTER_DATA_DIR: "/var/chatter",
      DATABASE_URL: "postgresql://db/chatter",
      CHATTER_MIGRATE: "off",
      CHATTER_PROVIDER: "cloud",
      CHATTER_MODEL: "big",
      OPENAI_API_KEY: "sk-1",
      OPENAI_BASE_URL: "http://localhost:1234/v1",
      ANTHROPIC_API_KEY: "sk-ant-1",
      ANTHROPIC_BASE_URL: "http://localhost:1235",
      CHATTER_AI_SDK: "google=@ai-sdk/google",
      OLLAMA_HOST: "localhost:11434",
      CHATTER_AUTH: "required",
      CHATTER_BOOTSTRAP_KEY: KEY,
      CHATTER_TOOL_SEARCH_ABOVE: "0",
      CHATTER_MAX_CONCURRENT_RUNS: "7",
      CHATTER_RUN_RETENTION: "7d",
      CHATTER_STOP_DELAY: "5s",
      CHATTER_DRAIN_TIMEOUT: "0s",
      CHATTER_LOG_LEVEL: "silent",
    };
    const config = toConfig(given, "/srv");
    expect(config).toMatchObject({
      host: "::1",
      port: 0,
      dataDir: resolve("/var/chatter"),
      databaseUrl: "postgresql://db/chatter",
      migrate: false,
      provider: "cloud",
      model: "big",
      openai: { apiKey: "sk-1", baseUrl: "http://localhost:1234/v1" },
      anthropic: { apiKey: "sk-ant-1", baseUrl: "http://localhost:1235" },
      aiSdk: "google=@ai-sdk/google",
      ollamaHost: "localhost:11434",
      auth: { mode: "required", bootstrapKey: KEY },
      toolSearchAbove: 0,
      maxConcurrentRuns: 7,
      runRetentionMs: 7 * 86_400_000,
      stopDelayMs: 5000,
      drainTimeoutMs: 0,
      logLevel: "silent",
      warnings: [],
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it.each([
    ["CHATTER_HOST", " "],
    ["CHATTER_PORT", "http"],
    ["CHATTER_PORT", "65536"],
    ["CHATTER_PORT", "-1"],
    ["CHATTER_PORT", "80.5"],
    ["CHATTER_DATA_DIR", " "],
    ["DATABASE_URL", "mysql://db/chatter"],
    ["CHATTER_PROVIDER", " "],
    ["CHATTER_MODEL", 5],
    ["OPENAI_API_KEY", " "],
    ["OPENAI_BASE_URL", "localhost:1234"],
    ["OPENAI_BASE_URL", "ftp://localhost"],
    ["ANTHROPIC_API_KEY", " "],
    ["ANTHROPIC_BASE_URL", "api.anthropic.com"],
    ["CHATTER_AI_SDK", " "],
    ["OLLAMA_HOST", " "],
    ["CHATTER_AUTH", "none"],
    ["CHATTER_BOOTSTRAP_KEY", "k".repeat(31)],
    ["CHATTER_BOOTSTRAP_KEY", `${KEY} ${KEY}`],
    ["CHATTER_BOOTSTRAP_KEY", `${KEY}é`],
    ["CHATTER_TOOL_SEARCH_ABOVE", "-1"],
    ["CHATTER_TOOL_SEARCH_ABOVE", "2.5"],
    ["CHATTER_TOOL_SEARCH_ABOVE", "off"],
    ["CHATTER_MAX_CONCURRENT_RUNS", "0"],
    ["CHATTER_MIGRATE", "later"],
    ["CHATTER_RUN_RETENTION", "soon"],
    ["CHATTER_DRAIN_TIMEOUT", "20"],
    ["CHATTER_LOG_LEVEL", "loud"],
  ])("refuses %s=%s, and names it", (name, value) => {
    const error = refusal({ [name]: value });
    expect(error.message).toContain(name);
    expect(error.details.errors).toMatchObject([{ path: name }]);
  });

  it("names everything that is wrong at once, and shows no secret", () => {
    const error = refusal({
      CHATTER_PORT: "x",
      CHATTER_AUTH: "x",
      CHATTER_BOOTSTRAP_KEY: "hunter2",
    });
    expect(error.details.errors?.map(({ path }) => path)).toEqual([
      "CHATTER_PORT",
      "CHATTER_AUTH",
      "CHATTER_BOOTSTRAP_KEY",
    ]);
    expect(error.message).not.toContain("hunter2");
  });

  it.each([
    ["500ms", 500],
    ["30s", 30_000],
    ["10m", 600_000],
    ["24h", 86_400_000],
    ["7d", 604_800_000],
    [" 1s ", 1000],
  ])("reads the duration %s", (text, milliseconds) => {
    expect(toConfig({ CHATTER_DRAIN_TIMEOUT: text }, "/srv").drainTimeoutMs).toBe(milliseconds);
  });

  it.each(["1", "s", "1 s", "-1s", "1.5h", "1w", "1S", "1s1m", "1000000000s"])(
    "takes %s for no duration",
    (text) => {
      expect(refusal({ CHATTER_DRAIN_TIMEOUT: text }).message).toContain("such as 30s");
    },
  );
});

describe("authentication", () => {
  it.each(["0.0.0.0", "::", "192.168.1.5", "chat.example.org", "127.0.0.1.example.org"])(
    "must be there before the server listens on %s",
    (CHATTER_HOST) => {
      expect(refusal({ CHATTER_HOST }).message).toContain("CHATTER_AUTH=required");
      expect(refusal({ CHATTER_HOST, CHATTER_AUTH: "local" }).message).toContain(CHATTER_HOST);
      const local = { CHATTER_HOST, CHATTER_AUTH: "local", CHATTER_BOOTSTRAP_KEY: KEY };
      expect(refusal(local).message).toContain(CHATTER_HOST);
    },
  );

  it("is required on such an address as soon as there is a key", () => {
    const given = { CHATTER_HOST: "0.0.0.0", CHATTER_BOOTSTRAP_KEY: KEY };
    expect(toConfig(given, "/srv").auth).toEqual({ mode: "required", bootstrapKey: KEY });
    const required = { CHATTER_HOST: "0.0.0.0", CHATTER_AUTH: "required" };
    expect(toConfig(required, "/srv").auth).toEqual({ mode: "required", bootstrapKey: null });
  });

  it.each(["localhost", "127.0.0.1", "127.1.2.3", "::1"])("is not asked for on %s", (host) => {
    expect(toConfig({ CHATTER_HOST: host }, "/srv").auth.mode).toBe("local");
    const withKey = { CHATTER_HOST: host, CHATTER_BOOTSTRAP_KEY: KEY };
    expect(toConfig(withKey, "/srv").auth.mode).toBe("local");
  });
});

describe("rate limits", () => {
  it.each([
    ["100/1h", [["hour", 100, 3600]]],
    [
      " 100/1h, 10/1m ",
      [
        ["hour", 100, 3600],
        ["minute", 10, 60],
      ],
    ],
    [
      "5/10m,1/1s,9/2d",
      [
        ["10m", 5, 600],
        ["second", 1, 1],
        ["2d", 9, 172_800],
      ],
    ],
    ["1/60m", [["hour", 1, 3600]]],
    ["off", []],
  ])("%s", (text, limits) => {
    const { rateLimits } = toConfig({ CHATTER_RATE_LIMIT: text }, "/srv");
    const read = rateLimits.map(({ name, limit, windowSeconds }) => [name, limit, windowSeconds]);
    expect(read).toEqual(limits);
  });

  it.each(["100", "100/h", "1h/100", "0/1h", "-1/1h", "1.5/1h", "10/500ms", "10/0s", "10/367d"])(
    "%s is none, and the error says the form",
    (text) => {
      const { message } = refusal({ CHATTER_RATE_LIMIT: text });
      expect(message).toContain("CHATTER_RATE_LIMIT");
      expect(message).toContain("100/1h,10/1m");
    },
  );

  it.each(["100/1h,50/60m", "100/1h,off", "10000000/1h", ","])("%s is refused", (text) => {
    expect(refusal({ CHATTER_RATE_LIMIT: text }).message).toContain("different times");
  });
});

describe("what is filtered and redacted", () => {
  it("is a list with commas", () => {
    const given = {
      CHATTER_BLOCKED_WORDS: " one, two words ,,three",
      CHATTER_REDACT: "card, email",
    };
    const { contentFilter, redact } = toConfig(given, "/srv");
    expect(contentFilter).toEqual({ words: ["one", "two words", "three"], patterns: [] });
    expect(redact).toEqual(["email", "card"]);
    expect(toConfig({ CHATTER_REDACT: "off" }, "/srv").redact).toEqual([]);
  });

  it.each(["mail", "email,name", "email off", ","])("cannot be %s", (text) => {
    expect(refusal({ CHATTER_REDACT: text }).message).toContain(
      "CHATTER_REDACT: must be one or more of email, phone, card",
    );
  });
});

describe("warnings", () => {
  it("name what is no setting", () => {
    const given = { CHATTER_PROT: "80", CHATTER_PORT: "80", PATH: "/bin" };
    expect(toConfig(given, "/srv").warnings).toEqual([
      "CHATTER_PROT is not a setting of Chatter and has no effect.",
    ]);
  });
});

describe("the keys of secrets", () => {
  const [one, two] = [Buffer.alloc(32, 1), Buffer.alloc(32, 250)];

  it.each([
    ["in base64", one.toString("base64"), [one]],
    ["in base64 for URLs", two.toString("base64url"), [two]],
    ["in hexadecimal", two.toString("hex"), [two]],
    ["several", `${two.toString("hex")}, ${one.toString("base64")}`, [two, one]],
  ])("are taken %s", (_how, given, keys) => {
    const { secretKeys } = toConfig({ CHATTER_SECRET_KEY: given }, "/srv");
    expect(secretKeys.map((key) => Buffer.from(key).toString("hex"))).toEqual(
      keys.map((key) => key.toString("hex")),
    );
  });

  it.each(["a-short-password", one.toString("hex").slice(2), `${one.toString("hex")},nothing`])(
    "of another length are refused, without a word of them",
    (given) => {
      const { message } = refusal({ CHATTER_SECRET_KEY: given });
      expect(message).toContain("CHATTER_SECRET_KEY: must be 32 random bytes");
      for (const each of given.split(",")) expect(message).not.toContain(each);
    },
  );
});

describe("the address of this server", () => {
  it("is taken without its last slash", () => {
    const given = { CHATTER_PUBLIC_URL: "https://chat.example/sub/" };
    expect(toConfig(given, "/srv").publicUrl).toBe("https://chat.example/sub");
  });

  it.each([
    "chat.example",
    "ftp://chat.example",
    "https://a:b@chat.example",
    "https://c.example/?q",
  ])("cannot be %s", (CHATTER_PUBLIC_URL) => {
    expect(refusal({ CHATTER_PUBLIC_URL }).message).toContain("CHATTER_PUBLIC_URL: must be a URL");
  });
});
