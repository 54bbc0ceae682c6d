/** One suite over every provider. */
import { ProviderError } from "../workflow/errors.ts";
import type { ModelDelta, Provider } from "../workflow/ports/model.ts";
import { createAnthropicProvider } from "./anthropic/provider.ts";
import { withFallback } from "./fallback.ts";
import type { HttpProviderSettings } from "./http/provider.ts";
import { createOfflineProvider } from "./offline/provider.ts";
import { createOpenAiProvider } from "./openai/provider.ts";
import { createScriptedProvider, hang, type ScriptedProvider, textAnswer } from "./scripted.ts";
import { messageStart, textBlock, textStream } from "./testing/anthropic-stream.ts";
import { ask } from "./testing/collect.ts";
import { createMistralProvider, mistralSteps } from "./testing/mistral.ts";
import {
  describeProviderConformance,
  type ProviderUnderTest,
} from "./testing/provider-conformance.ts";
import {
  answerSteps,
  chunk,
  HANG,
  type StubAnswer,
  type StubStep,
  startStubUpstream,
} from "./testing/stub-upstream.ts";

/** How a stub server writes an answer, and one that begins and then says nothing more. */
interface StubProtocol {
  readonly create: (settings: HttpProviderSettings) => Provider;
  readonly answer: (...pieces: string[]) => readonly StubStep[];
  readonly begin: (piece: string) => readonly StubStep[];
}

function overHttp(protocol: StubProtocol): () => Promise<ProviderUnderTest> {
  return async () => {
    const upstream = await startStubUpstream((request): StubAnswer => {
      if (request.method === "GET") {
        return {
          headers: { "content-type": "application/json" },
          steps: ['{"data":[{"id":"stub"}]}'],
        };
      }
      const question = lastText(request.body);
      if (question === "endless") return { steps: [...protocol.begin("Once"), HANG] };
      const steps = protocol.answer("You said: ", question, ".");
      return { steps: steps.flatMap((step) => [step, { waitMs: 1 }]) };
    });
    const provider = protocol.create({
      name: "stub",
      baseUrl: upstream.baseUrl,
      defaultModel: "stub",
    });
    return {
      provider,
      asking: (marker) => ask(marker),
      endless: () => ask("endless"),
      calls: () => upstream.requests.length,
      open: upstream.open,
      dispose: upstream.close,
    };
  };
}

/** The text of the last message, in both protocols. */
function lastText(body: unknown): string {
  const { messages } = body as { messages: { content: string | { text: string }[] }[] };
  const content = messages.at(-1)?.content ?? "";
  return typeof content === "string" ? content : content.map(({ text }) => text).join("");
}

describeProviderConformance("openai", {
  create: overHttp({
    create: createOpenAiProvider,
    answer: answerSteps,
    begin: (piece) => [chunk({ content: piece })],
  }),
});

describeProviderConformance("anthropic", {
  create: overHttp({
    create: createAnthropicProvider,
    answer: textStream,
    begin: (piece) => [messageStart(), ...textBlock(0, piece)],
  }),
});

describeProviderConformance("ai-sdk, with @ai-sdk/mistral", {
  create: overHttp({
    create: createMistralProvider,
    answer: mistralSteps,
    begin: (piece) => [chunk({ content: piece })],
  }),
});

describeProviderConformance("offline", {
  create: () => ({
    provider: createOfflineProvider({ paceMs: 15 }),
    asking: (marker) => ask(`What about ${marker}?`),
    endless: () => ask("Tell me a long story."),
    calls: () => 0,
    open: () => 0,
    dispose: () => Promise.resolve(),
  }),
});

function scripted(name: string): ScriptedProvider {
  return createScriptedProvider(
    async function* (request, _index, signal) {
      const question = request.messages.at(-1)?.content ?? "";
      if (question === "endless") {
        yield { type: "text", text: "Once" } satisfies ModelDelta;
        await hang(signal);
      }
      yield* textAnswer(`You said: ${question}.`, { input_tokens: 3 });
    },
    { name },
  );
}

function scriptedUnderTest(source: ScriptedProvider, provider: Provider): ProviderUnderTest {
  return {
    provider,
    asking: (marker) => ask(marker),
    endless: () => ask("endless"),
    calls: () => source.requests.length,
    open: source.openStreams,
    dispose: () => source.close(),
  };
}

describeProviderConformance("scripted", {
  create: () => {
    const provider = scripted("scripted");
    return scriptedUnderTest(provider, provider);
  },
});

describeProviderConformance("fallback", {
  create: () => {
    const refusing = createScriptedProvider(() => {
      throw new ProviderError("PROVIDER_ERROR", "first", "first refuses.");
    });
    const second = scripted("second");
    const primary = { provider: refusing, model: refusing.defaultModel };
    return scriptedUnderTest(
      second,
      withFallback(primary, [{ provider: second, model: second.defaultModel }]),
    );
  },
});
