/** Embedding models of one server: the one that is configured, and those that it had before. */
import { ProviderError } from "../../workflow/errors.ts";
import type { Embedder } from "../../workflow/ports/search-models.ts";
import type { EmbeddingSpace, Vector } from "../../workflow/ports/stores/vectors.ts";
import { type ClosableEmbedder, createOpenAiEmbedder } from "./openai.ts";

export interface EmbeddingModels {
  /** The one that is configured now. */
  readonly configured: Embedder;
  /** The model of a space; null where it is of another server, or its texts were prepared in another way. */
  of(space: EmbeddingSpace): Embedder | null;
  close(): Promise<void>;
}

export interface EmbeddingModelOptions {
  readonly baseUrl: URL;
  readonly apiKey: string | undefined;
  readonly model: string;
}

/** How texts are prepared, in `textOf` of `document-embedder.ts`; to be raised with every change of that. */
const VERSION = 1;

/** Makes the models of a server with OpenAI's API, whose host is part of their spaces; nothing is asked of it yet. */
export function createEmbeddingModels(options: EmbeddingModelOptions): EmbeddingModels {
  const provider = options.baseUrl.host;
  const models = new Map<string, ClosableEmbedder>();
  const named = (model: string): Embedder => {
    const known = models.get(model);
    if (known) return known;
    const made = createOpenAiEmbedder({
      ...options,
      provider,
      model,
      dimensions: null,
      version: VERSION,
    });
    models.set(model, made);
    return made;
  };
  return {
    configured: named(options.model),
    of: (space) =>
      space.provider === provider && space.version === VERSION ? named(space.model) : null,
    close: async () => {
      await Promise.all([...models.values()].map((model) => model.close()));
    },
  };
}

/**
 * Embeds texts for a space. Throws what `Embedder.embed` does, and a `ProviderError` as well when the model gives vectors of
 * other dimensions: behind its name there is another model now.
 */
export async function embedFor(
  space: EmbeddingSpace,
  embedder: Embedder,
  texts: readonly string[],
  purpose: Parameters<Embedder["embed"]>[1],
  signal: AbortSignal,
): Promise<Vector[]> {
  const vectors = await embedder.embed(texts, purpose, signal);
  const other = vectors.find(({ length }) => length !== space.dimensions);
  if (!other) return vectors;
  throw new ProviderError(
    "PROVIDER_ERROR",
    space.provider,
    `The embedding model ${space.model} gives vectors of ${other.length} dimensions now, where it gave ` +
      `${space.dimensions}. Documents must be embedded anew: restart the server.`,
    { retryable: false },
  );
}

/** Whether vectors of the two can be compared. */
export function isSameSpace(a: EmbeddingSpace | null, b: EmbeddingSpace | null): boolean {
  if (!a || !b) return a === b;
  return (
    a.provider === b.provider &&
    a.model === b.model &&
    a.dimensions === b.dimensions &&
    a.version === b.version
  );
}
