import { afterEach, describe, expect, it } from "vitest";
import { WorkflowConfigurationError } from "../workflow/errors.ts";
import {
  chooseProviders,
  type ModelProbe,
  ollamaUrl,
  probeModels,
  type ProviderSettings,
} from "./selection.ts";
import { HANG, startStubUpstream, type StubUpstream } from "./testing/stub-upstream.ts";

/** What was chosen, with the default models; `running` says which servers answer with which models. */
async function choose(
  settings: ProviderSettings,
  running: Record<string, string[]> = {},
): Promise<{ chosen: Record<string, string>; default: string; probed: string[] }> {
  const probed: string[] = [];
  const probe: ModelProbe = (baseUrl) => {
    probed.push(baseUrl);
    return Promise.resolve(running[baseUrl] ?? null);
  };
  const { providers, defaultProvider } = await chooseProviders(settings, probe);
  const chosen = Object.fromEntries([...providers].map(([name, one]) => [name, one.defaultModel]));
  for (const provider of providers.values()) await provider.close();
  return { chosen, default: defaultProvider, probed };
}

const OLLAMA = "http://127.0.0.1:11434/v1";
const offline = "extractive";

describe("chooseProviders", () => {
  it("takes offline where there is nothing else, and treats empty settings as none", async () => {
    const none = { chosen: { offline }, default: "offline", probed: [OLLAMA] };
    expect(await choose({})).toEqual(none);
    expect(
      await choose({ provider: "", openai: { apiKey: " ", baseUrl: "" }, ollamaHost: "" }),
    ).toEqual(none);
  });

  it("takes openai with a key, and looks for nothing else", async () => {
    expect(await choose({ openai: { apiKey: "k-1234" } }, { [OLLAMA]: ["llama"] })).toEqual({
      chosen: { openai: "gpt-4o-mini", offline },
      default: "openai",
      probed: [],
    });
  });

  it("takes the first chat model of a server that is named", async () => {
    const openai = { baseUrl: "http://x/v1" };
    const models = { "http://x/v1": ["text-embedding-nomic", "qwen", "llama"] };
    expect((await choose({ openai }, models)).chosen).toEqual({ openai: "qwen", offline });
    expect((await choose({ openai })).chosen).toEqual({ openai: "default", offline });
    expect((await choose({ openai, model: "mine" }, models)).chosen).toEqual({
      openai: "mine",
      offline,
    });
  });

  it("takes a running Ollama with its first model", async () => {
    const running = { [OLLAMA]: ["nomic-embed-text", "llama"] };
    expect(await choose({}, running)).toMatchObject({
      chosen: { ollama: "llama", offline },
      default: "ollama",
    });
    expect((await choose({}, { [OLLAMA]: [] })).default).toBe("offline");
  });

  it("keeps an Ollama that is named but does not run, but prefers one that works", async () => {
    const found = await choose({ ollamaHost: "10.0.0.5" });
    expect(found).toEqual({
      chosen: { ollama: "default", offline },
      default: "offline",
      probed: ["http://10.0.0.5:11434/v1"],
    });
  });

  it("follows CHATTER_PROVIDER and CHATTER_MODEL", async () => {
    const settings = { openai: { apiKey: "k-1234" }, model: "mine" };
    const running = { [OLLAMA]: ["llama"] };
    expect(await choose({ ...settings, provider: "ollama" }, running)).toMatchObject({
      chosen: { openai: "gpt-4o-mini", ollama: "mine", offline },
      default: "ollama",
    });
    expect(await choose({ ...settings, provider: "offline" })).toMatchObject({
      chosen: { openai: "gpt-4o-mini", offline },
      default: "offline",
      probed: [],
    });
  });

  it("refuses an unknown provider, and one without its settings", async () => {
    await expect(choose({ provider: "claude" })).rejects.toThrow(/openai, ollama, offline/);
    await expect(choose({ provider: "openai" })).rejects.toBeInstanceOf(WorkflowConfigurationError);
    await expect(choose({ openai: { baseUrl: "nonsense" } })).rejects.toThrow(/OPENAI_BASE_URL/);
    await expect(choose({ ollamaHost: "http://" })).rejects.toThrow(/OLLAMA_HOST/);
  });
});

describe("ollamaUrl", () => {
  it.each([
    ["127.0.0.1", "http://127.0.0.1:11434"],
    ["0.0.0.0:8080", "http://127.0.0.1:8080"],
    ["http://box:11434/", "http://box:11434"],
    ["https://box/ollama/v1/", "https://box/ollama"],
    ["[::1]", "http://[::1]:11434"],
  ])("reads %s", (host, url) => {
    expect(ollamaUrl(host)).toBe(url);
  });
});

describe("probeModels", () => {
  let upstream: StubUpstream | undefined;
  afterEach(() => upstream?.close());

  it("lists models, and gives up on silence and on nobody", async () => {
    let steps: (string | typeof HANG)[] = ['{"data":[{"id":"a"}]}'];
    upstream = await startStubUpstream(() => ({ steps }));
    const { baseUrl } = upstream;
    expect(await probeModels(baseUrl, { timeoutMs: 300 })).toEqual(["a"]);
    steps = [HANG];
    const from = performance.now();
    expect(await probeModels(baseUrl, { timeoutMs: 100 })).toBeNull();
    expect(performance.now() - from).toBeLessThan(2_000);
    await upstream.close();
    expect(await probeModels(baseUrl, { timeoutMs: 300 })).toBeNull();
  });
});
