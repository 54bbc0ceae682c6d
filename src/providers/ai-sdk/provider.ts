/** Any provider package of the AI SDK: Google, Mistral, Amazon Bedrock, Azure and so on. */
import { ProviderError } from "../../workflow/errors.ts";
import type { ModelDelta, ModelRequest, Provider } from "../../workflow/ports/model.ts";
import { BrokenOff } from "../answer/assembler.ts";
import { notRetryable, timeLimitError } from "../http/errors.ts";
import { DEFAULT_RETRY_POLICY, retryDelay, type RetryPolicy } from "../http/retry.ts";
import { DEFAULT_LIMITS, type TimeLimits } from "../limits.ts";
import type { CostOf } from "../prices.ts";
import { sleep } from "../sleep.ts";
import { ModelCall } from "./call.ts";
import { toProviderError } from "./errors.ts";
import { type AiSdkModel, isKnownVersion } from "./model.ts";
import { PartAssembler } from "./parts.ts";
import { toCallOptions } from "./prompt.ts";

export interface AiSdkSettings {
  /** The name by which requests and configuration call the provider. */
  readonly name: string;
  /** For messages. */
  readonly packageName: string;
  /** Makes the model with this id, as the package does; what it throws is reported. */
  readonly languageModel: (modelId: string) => AiSdkModel;
  readonly defaultModel: string;
  /** All but the time to connect, which is the package's own affair. */
  readonly limits?: Partial<TimeLimits> | undefined;
  readonly retry?: Partial<RetryPolicy> | undefined;
  /** What a call costs; without it, cost stays unknown. */
  readonly costOf?: CostOf | undefined;
}

interface Upstream {
  readonly settings: AiSdkSettings;
  readonly limits: TimeLimits;
  readonly policy: RetryPolicy;
}

/** Makes a provider over one package; nothing is sent before the first call. */
export function createAiSdkProvider(settings: AiSdkSettings): Provider {
  const upstream: Upstream = {
    settings,
    limits: { ...DEFAULT_LIMITS, ...settings.limits },
    policy: { ...DEFAULT_RETRY_POLICY, ...settings.retry },
  };
  return {
    name: settings.name,
    kind: "ai-sdk",
    defaultModel: settings.defaultModel,
    stream: (request, signal) => stream(upstream, request, signal),
    // Packages cannot list models, nor say whether their server can be reached.
    models: async (signal) => {
      signal.throwIfAborted();
      return [settings.defaultModel];
    },
    // Connections belong to the package.
    close: () => Promise.resolve(),
  };
}

async function* stream(
  { settings, limits, policy }: Upstream,
  request: ModelRequest,
  signal: AbortSignal,
): AsyncGenerator<ModelDelta, void, undefined> {
  signal.throwIfAborted();
  const deadline = performance.now() + limits.totalMs;
  const options = toCallOptions(request);
  for (let attempt = 0; ; attempt++) {
    const answer = new PartAssembler(request.model, settings.costOf ?? null);
    const call = new ModelCall(limits, deadline, signal, (limit) =>
      timeLimitError(settings.name, limit, limits),
    );
    let begun = false;
    let delay: number | null;
    try {
      await call.open(modelOf(settings, request.model), options);
      while (!answer.finished) {
        for (const delta of await nextDeltas(call, answer)) {
          // The consumer may have aborted since the last delta.
          if (signal.aborted) throw signal.reason;
          begun = true;
          yield delta;
        }
      }
      return;
    } catch (caught) {
      if (signal.aborted) throw signal.reason;
      const error = toProviderError(settings, caught, call.streaming);
      if (begun) throw notRetryable(error);
      delay = retryDelay(error, attempt, deadline - performance.now(), policy);
      if (delay === null) throw error;
    } finally {
      call.close();
    }
    await sleep(delay, signal);
  }
}

/** What the next part says, possibly nothing; with the last part, all that comes after the text. */
async function nextDeltas(call: ModelCall, answer: PartAssembler): Promise<readonly ModelDelta[]> {
  const part = await call.next();
  if (part === null) throw new BrokenOff();
  const deltas: ModelDelta[] = [];
  if (answer.accept(part, deltas)) call.begin();
  if (answer.finished) answer.finish(deltas);
  return deltas;
}

function modelOf({ name, packageName, languageModel }: AiSdkSettings, modelId: string): AiSdkModel {
  const model = languageModel(modelId);
  if (isKnownVersion(model.specificationVersion)) return model;
  const message =
    `${name} cannot be used: ${packageName} speaks version ${model.specificationVersion} of the AI SDK's interface. ` +
    `Update it with npm install ${packageName}@latest.`;
  throw new ProviderError("PROVIDER_ERROR", name, message, { retryable: false });
}
