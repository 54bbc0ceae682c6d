/** One suite over every provider. */
import type { ModelDelta } from "../workflow/ports/model.ts";
import { createOfflineProvider } from "./offline/provider.ts";
import { createOpenAiProvider } from "./openai/provider.ts";
import { createScriptedProvider, hang, textAnswer } from "./scripted.ts";
import { ask } from "./testing/collect.ts";
import { describeProviderConformance } from "./testing/provider-conformance.ts";
import {
  answerSteps,
  chunk,
  HANG,
  type StubAnswer,
  startStubUpstream,
} from "./testing/stub-upstream.ts";

describeProviderConformance("openai", {
  create: async () => {
    const upstream = await startStubUpstream((request): StubAnswer => {
      if (request.method === "GET") {
        return {
          headers: { "content-type": "application/json" },
          steps: ['{"data":[{"id":"stub"}]}'],
        };
      }
      const { messages } = request.body as { messages: { content: string }[] };
      const question = messages.at(-1)?.content ?? "";
      if (question === "endless") return { steps: [chunk({ content: "Once" }), HANG] };
      return {
        steps: answerSteps("You said: ", question, ".").flatMap((step) => [step, { waitMs: 1 }]),
      };
    });
    const provider = createOpenAiProvider({
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
  },
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

describeProviderConformance("scripted", {
  create: () => {
    const provider = createScriptedProvider(async function* (request, _index, signal) {
      const question = request.messages.at(-1)?.content ?? "";
      if (question === "endless") {
        yield { type: "text", text: "Once" } satisfies ModelDelta;
        await hang(signal);
      }
      yield* textAnswer(`You said: ${question}.`, { input_tokens: 3 });
    });
    return {
      provider,
      asking: (marker) => ask(marker),
      endless: () => ask("endless"),
      calls: () => provider.requests.length,
      open: provider.openStreams,
      dispose: () => Promise.resolve(),
    };
  },
});
