/** The next provider's answer where the first has none. */
import { ProviderError } from "../workflow/errors.ts";
import type { ModelDelta, ModelRequest, Provider } from "../workflow/ports/model.ts";

/** A model of a provider. */
export interface Candidate {
  readonly provider: Provider;
  readonly model: string;
}

/**
 * A provider that answers with the first candidate that can: when one throws a `ProviderError` before its first delta,
 * the next is asked; after the first delta, or when the signal has aborted, nobody else is. Each is asked for its own
 * model, whatever the request names, and `finish` tells which answered. When all fail, the first one's error is
 * thrown, with what the others said in its message. Without others there is nothing between the caller and the
 * primary's stream. `close` does nothing: the candidates belong to whoever made them.
 */
export function withFallback(primary: Candidate, others: readonly Candidate[]): Provider {
  const { provider, model } = primary;
  const candidates = [primary, ...others];
  return {
    name: provider.name,
    kind: provider.kind,
    defaultModel: model,
    stream:
      others.length === 0
        ? (request, signal) => ask(primary, request, signal)
        : (request, signal) => askInTurn(candidates, request, signal),
    models: (signal) => provider.models(signal),
    close: () => Promise.resolve(),
  };
}

function ask(
  { provider, model }: Candidate,
  request: ModelRequest,
  signal: AbortSignal,
): AsyncGenerator<ModelDelta, void, undefined> {
  return provider.stream({ ...request, model }, signal);
}

async function* askInTurn(
  candidates: readonly Candidate[],
  request: ModelRequest,
  signal: AbortSignal,
): AsyncGenerator<ModelDelta, void, undefined> {
  let first: ProviderError | null = null;
  const others: string[] = [];
  for (const candidate of candidates) {
    let begun = false;
    try {
      for await (const delta of ask(candidate, request, signal)) {
        begun = true;
        yield delta.type === "finish" ? signed(delta, candidate, candidates[0]) : delta;
      }
      return;
    } catch (error) {
      if (begun || signal.aborted || !(error instanceof ProviderError)) throw error;
      if (first === null) first = error;
      else others.push(`${candidate.provider.name} (${candidate.model}): ${error.message}`);
    }
  }
  if (first) throw allFailed(first, others);
}

/** Names who answered where it was not the one that was asked first. */
function signed(
  finish: Extract<ModelDelta, { type: "finish" }>,
  candidate: Candidate,
  primary: Candidate | undefined,
): ModelDelta {
  const model = finish.model ?? candidate.model;
  if (candidate === primary) return { ...finish, model };
  const answeredBy = { provider: candidate.provider.name, model: candidate.model };
  return { ...finish, model, answeredBy };
}

function allFailed(first: ProviderError, others: readonly string[]): ProviderError {
  return new ProviderError(
    first.code,
    first.provider,
    `${first.message} The fallbacks could not answer either. ${others.join(" ")}`,
    { retryable: first.retryable, retryAfterMs: first.retryAfterMs, cause: first },
  );
}
