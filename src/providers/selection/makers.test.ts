import { Agent } from "undici";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Provider } from "../../workflow/ports/model.ts";
import { event, MESSAGE_STOP, textBlock } from "../testing/anthropic-stream.ts";
import { ask, collect, never } from "../testing/collect.ts";
import { chunk, startStubUpstream } from "../testing/stub-upstream.ts";
import { makeAnthropic, makeOllama, makeOpenAi } from "./makers.ts";
import type { Choice, ProviderSettings } from "./settings.ts";

/** A server that speaks both protocols and calls its models as the makers do; every address leads to it. */
async function startWorld(): Promise<string> {
  const usage = { prompt_tokens: 1_000_000, completion_tokens: 0, total_tokens: 1_000_000 };
  const upstream = await startStubUpstream(({ path, body }) => {
    const { model } = body as { model: string };
    const start = { message: { model, usage: { input_tokens: 1_000_000, output_tokens: 0 } } };
    return path === "/v1/messages"
      ? { steps: [event("message_start", start), ...textBlock(0, "ok"), MESSAGE_STOP] }
      : { steps: [chunk({ content: "ok" }, "stop", { model, usage }), "data: [DONE]\n\n"] };
  });
  const { origin } = new URL(upstream.baseUrl);
  // oxlint-disable-next-line typescript/unbound-method -- called with its own agent below
  const dispatch = Agent.prototype.dispatch;
  const redirected = vi.spyOn(Agent.prototype, "dispatch").mockImplementation(function (
    this: Agent,
    options,
    handler,
  ) {
    return dispatch.call(this, { ...options, origin }, handler);
  });
  onTestFinished(async () => {
    redirected.mockRestore();
    await upstream.close();
  });
  return upstream.baseUrl;
}

/** What the provider's usage says of its cost. */
async function costOfAnswer(
  provider: Provider | null | undefined,
  model: string,
): Promise<unknown> {
  if (!provider) throw new Error("There is no provider.");
  const deltas = await collect(provider.stream(ask("hi", { model }), never()));
  await provider.close();
  const usage = deltas.find(({ type }) => type === "usage");
  return usage?.type === "usage" ? usage.usage.cost_usd : "nothing";
}

function choice(settings: ProviderSettings): Choice {
  return { settings, preferred: undefined, probe: () => Promise.resolve(["gpt-4o-mini"]) };
}

describe("cost", () => {
  it("is known of the makers' own servers, and of others that are not on the own network", async () => {
    await startWorld();
    const openai = { apiKey: "k-1234" };
    expect(await costOfAnswer(await makeOpenAi(choice({ openai })), "gpt-4o-mini")).toBe(0.15);
    const anthropic = { apiKey: "k-1234" };
    const claude = await makeAnthropic(choice({ anthropic }));
    expect(await costOfAnswer(claude, "claude-sonnet-4-5-20250929")).toBe(3);
    const router = { baseUrl: "http://openrouter.example.com/v1" };
    const resold = await makeOpenAi(choice({ openai: router }));
    expect(await costOfAnswer(resold, "openai/gpt-4o-mini")).toBe(0.15);
  });

  it("is unknown of servers on the own network and of Ollama, whatever their models are called", async () => {
    const baseUrl = await startWorld();
    const openai = await makeOpenAi(choice({ openai: { baseUrl } }));
    expect(await costOfAnswer(openai, "gpt-4o-mini")).toBeNull();
    const anthropic = await makeAnthropic(choice({ anthropic: { baseUrl } }));
    expect(await costOfAnswer(anthropic, "claude-sonnet-4-5")).toBeNull();
    const ollama = await makeOllama(choice({ ollamaHost: "ollama.example.com" }));
    expect(await costOfAnswer(ollama?.provider, "gpt-4o-mini")).toBeNull();
  });
});
