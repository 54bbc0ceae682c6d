import { describe, expect, it } from "vitest";
import { WorkflowConfigurationError } from "../workflow/errors.ts";
import { chooseProviders } from "./selection.ts";
import type { ModelProbe } from "./selection/probe.ts";
import type { ProviderSettings } from "./selection/settings.ts";

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

  it("takes anthropic with a key or a base URL, behind openai and before Ollama", async () => {
    const anthropic = { apiKey: "k-1234" };
    expect(await choose({ anthropic }, { [OLLAMA]: ["llama"] })).toEqual({
      chosen: { anthropic: "claude-sonnet-5-5", offline },
      default: "anthropic",
      probed: [],
    });
    expect(await choose({ anthropic: { baseUrl: "http://x" }, model: "mine" })).toMatchObject({
      chosen: { anthropic: "mine", offline },
      default: "anthropic",
    });
    const both = { anthropic, openai: { apiKey: "k-1234" }, model: "mine" };
    expect(await choose(both)).toMatchObject({
      chosen: { openai: "mine", anthropic: "claude-sonnet-5-5", offline },
      default: "openai",
    });
    expect(await choose({ ...both, provider: "anthropic" })).toMatchObject({
      chosen: { openai: "gpt-4o-mini", anthropic: "mine", offline },
      default: "anthropic",
    });
  });

  it("takes packages of the AI SDK, behind keys and before Ollama", async () => {
    const aiSdk = "@ai-sdk/mistral:small,second=@ai-sdk/mistral:large";
    expect(await choose({ aiSdk }, { [OLLAMA]: ["llama"] })).toEqual({
      chosen: { mistral: "small", second: "large", offline },
      default: "mistral",
      probed: [],
    });
    expect(await choose({ aiSdk, provider: "second", model: "mine" })).toMatchObject({
      chosen: { mistral: "small", second: "mine", offline },
      default: "second",
    });
    expect(await choose({ aiSdk, anthropic: { apiKey: "k-1234" }, model: "mine" })).toMatchObject({
      chosen: { anthropic: "mine", mistral: "small", second: "large", offline },
      default: "anthropic",
    });
  });

  it("takes CHATTER_MODEL for a package without one, and wants a model in any case", async () => {
    const aiSdk = "@ai-sdk/mistral";
    expect(await choose({ aiSdk, model: "mine" })).toMatchObject({ chosen: { mistral: "mine" } });
    await expect(choose({ aiSdk })).rejects.toThrow("mistral=@ai-sdk/mistral:MODEL");
    const behind = { aiSdk, model: "mine", openai: { apiKey: "k-1234" } };
    await expect(choose(behind)).rejects.toBeInstanceOf(WorkflowConfigurationError);
  });

  it("refuses a package that is missing, and one that takes a name of ours", async () => {
    await expect(choose({ aiSdk: "@ai-sdk/not-there:m" })).rejects.toThrow(
      "npm install @ai-sdk/not-there",
    );
    await expect(choose({ aiSdk: "openai=@ai-sdk/mistral:m" })).rejects.toThrow(/taken/);
  });

  it("refuses an unknown provider, and one without its settings", async () => {
    await expect(choose({ provider: "claude", aiSdk: "@ai-sdk/mistral:m" })).rejects.toThrow(
      /openai, anthropic, ollama, offline, mistral/,
    );
    await expect(choose({ provider: "openai" })).rejects.toBeInstanceOf(WorkflowConfigurationError);
    await expect(choose({ provider: "anthropic" })).rejects.toThrow(/ANTHROPIC_API_KEY/);
    await expect(choose({ anthropic: { apiKey: "a b" } })).rejects.toThrow(/ANTHROPIC_API_KEY/);
    await expect(choose({ openai: { baseUrl: "nonsense" } })).rejects.toThrow(/OPENAI_BASE_URL/);
    await expect(choose({ ollamaHost: "http://" })).rejects.toThrow(/OLLAMA_HOST/);
  });
});
