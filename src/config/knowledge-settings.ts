/** Settings of the models that search uses: embeddings, and reranking. */
import { z } from "zod";
import { WorkflowConfigurationError } from "../workflow/errors.ts";

/** The address of a server of models; a key has a setting of its own, and no place in an address. */
export const ModelServerUrl = z
  .url({ protocol: /^https?$/, error: "must be a URL that begins with http:// or https://" })
  .refine((url) => new URL(url).username === "" && new URL(url).password === "", {
    error: "must be a URL without a user and a password: a key has a setting of its own",
  });

/** A model, and where it is asked. */
export interface ModelServer {
  readonly model: string;
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
}

interface ModelSettings {
  readonly OPENAI_API_KEY?: string | undefined;
  readonly OPENAI_BASE_URL?: string | undefined;
  readonly CHATTER_EMBEDDING_MODEL?: string | undefined;
  readonly CHATTER_EMBEDDING_BASE_URL?: string | undefined;
  readonly CHATTER_EMBEDDING_API_KEY?: string | undefined;
  readonly CHATTER_RERANK_MODEL?: string | undefined;
  readonly CHATTER_RERANK_BASE_URL?: string | undefined;
  readonly CHATTER_RERANK_API_KEY?: string | undefined;
}

const OPENAI_URL = "https://api.openai.com/v1";

function missing(name: string, message: string): WorkflowConfigurationError {
  return new WorkflowConfigurationError(message, { missingParameter: name });
}

/**
 * Embeddings come from OpenAI's server, or the one that stands in its place, unless another one is named. The key of OpenAI
 * goes to that server only: it must not be shown to another one. Throws a `WorkflowConfigurationError` when a key is missing.
 */
export function chooseEmbedding(settings: ModelSettings): ModelServer | null {
  const model = settings.CHATTER_EMBEDDING_MODEL;
  if (model === undefined) return null;
  const openai = settings.OPENAI_BASE_URL ?? OPENAI_URL;
  const baseUrl = settings.CHATTER_EMBEDDING_BASE_URL ?? openai;
  const isOpenAi = new URL(baseUrl).origin === new URL(openai).origin;
  const apiKey =
    settings.CHATTER_EMBEDDING_API_KEY ?? (isOpenAi ? settings.OPENAI_API_KEY : undefined);
  if (apiKey === undefined && baseUrl === OPENAI_URL) {
    throw missing(
      "CHATTER_EMBEDDING_API_KEY",
      `CHATTER_EMBEDDING_MODEL is ${model}, but there is no key for ${OPENAI_URL}. Set OPENAI_API_KEY or ` +
        "CHATTER_EMBEDDING_API_KEY, or name the model's server in CHATTER_EMBEDDING_BASE_URL.",
    );
  }
  return { model, baseUrl, apiKey };
}

/** Throws a `WorkflowConfigurationError` when the server is missing: there is none that everybody uses. */
export function chooseRerank(settings: ModelSettings): ModelServer | null {
  const model = settings.CHATTER_RERANK_MODEL;
  if (model === undefined) return null;
  const baseUrl = settings.CHATTER_RERANK_BASE_URL;
  if (baseUrl === undefined) {
    throw missing(
      "CHATTER_RERANK_BASE_URL",
      `CHATTER_RERANK_MODEL is ${model}, but CHATTER_RERANK_BASE_URL, its server, is not set.`,
    );
  }
  return { model, baseUrl, apiKey: settings.CHATTER_RERANK_API_KEY };
}

/** Servers and keys of models that are not named. */
export function idleModelSettings(given: Readonly<Record<string, unknown>>): string[] {
  const isSet = (name: string): boolean => given[name] !== undefined && given[name] !== "";
  return ["CHATTER_EMBEDDING", "CHATTER_RERANK"].flatMap((kind) =>
    isSet(`${kind}_MODEL`)
      ? []
      : [`${kind}_BASE_URL`, `${kind}_API_KEY`]
          .filter(isSet)
          .map((name) => `${name} has no effect without ${kind}_MODEL.`),
  );
}
