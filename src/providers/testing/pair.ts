/** A provider and the stub server it talks to, for tests. Only tests import it. */
import { afterEach } from "vitest";
import type { ProviderError } from "../../workflow/errors.ts";
import type { ModelDelta, Provider } from "../../workflow/ports/model.ts";
import type { HttpProviderSettings } from "../http/provider.ts";
import { createOpenAiProvider } from "../openai/provider.ts";
import { ask, collectUntilError, never } from "./collect.ts";
import {
  type StubAnswer,
  type StubStep,
  startStubUpstream,
  type StubUpstream,
} from "./stub-upstream.ts";

const cleanUp: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of cleanUp.splice(0).toReversed()) await close();
});

export interface Pair {
  provider: Provider;
  upstream: StubUpstream;
}

/** A server that answers with these, one after the other, the last again and again; and a provider that talks to it. */
export async function pair(
  answers: StubAnswer[],
  settings: Partial<HttpProviderSettings> = {},
  create: (settings: HttpProviderSettings) => Provider = createOpenAiProvider,
): Promise<Pair> {
  const upstream = await startStubUpstream(
    (_request, index) => answers[index] ?? answers.at(-1) ?? {},
  );
  const provider = create({
    name: "stub",
    baseUrl: upstream.baseUrl,
    defaultModel: "m",
    retry: { baseMs: 1 },
    ...settings,
  });
  cleanUp.push(upstream.close, () => provider.close());
  return { provider, upstream };
}

/** A stream of these steps. */
export function streaming(...steps: StubStep[]): StubAnswer {
  return { steps };
}

/** A whole body of JSON, with any status. */
export function failing(
  status: number,
  body: unknown = "",
  headers: Record<string, string> = {},
): StubAnswer {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { status, headers: { "content-type": "application/json", ...headers }, steps: [text] };
}

/** Asks once, and returns what came and what was thrown. */
export async function run({
  provider,
}: Pair): Promise<{ deltas: ModelDelta[]; error: ProviderError }> {
  const { deltas, error } = await collectUntilError(provider.stream(ask("hi"), never()));
  return { deltas, error: error as ProviderError };
}
