/** Embeddings from any server with OpenAI's `/embeddings`. */
import type { Embedder } from "../../workflow/ports/search-models.ts";
import type { EmbeddingSpace, Vector } from "../../workflow/ports/stores/vectors.ts";
import { type CallLimits, ModelServer } from "../http/model-server.ts";

/** Texts of one request; reading a longer answer would hold up the event loop. */
const BATCH_TEXTS = 32;
/** Characters of one request: servers bound the tokens of all its texts together. */
const BATCH_CHARACTERS = 200_000;
/** Requests at a time for one call. */
const CONCURRENCY = 4;

const CONNECT_MS = 5_000;

type Purpose = Parameters<Embedder["embed"]>[1];

/** Nobody waits for passages. For a question, somebody does, and it can be searched for by its words instead. */
const LIMITS: Readonly<Record<Purpose, CallLimits>> = Object.freeze({
  passage: { answerMs: 30_000, totalMs: 90_000, retries: 3, pauseMs: 500 },
  question: { answerMs: 5_000, totalMs: 6_000, retries: 1, pauseMs: 100 },
});

export interface OpenAiEmbedderOptions {
  /** The name of the server, which is part of the embedding space. */
  readonly provider: string;
  /** Usually ends in `/v1`. */
  readonly baseUrl: URL;
  readonly apiKey: string | undefined;
  readonly model: string;
  /** Asked of the model where it offers several; null: whatever it gives. */
  readonly dimensions: number | null;
  /** What some models want to read before a question, and before a passage. */
  readonly prefixes?: { readonly question: string; readonly passage: string };
  /** Counts changes of the prefixes and of whatever else the vectors depend on. */
  readonly version?: number;
  /** In the place of those that hold for passages, and for questions. */
  readonly limits?: Partial<CallLimits>;
}

export interface ClosableEmbedder extends Embedder {
  close(): Promise<void>;
}

/** Makes an embedder; nothing is asked of the server before the first call. */
export function createOpenAiEmbedder(options: OpenAiEmbedderOptions): ClosableEmbedder {
  return new OpenAiEmbedder(options);
}

class OpenAiEmbedder implements ClosableEmbedder {
  readonly #options: OpenAiEmbedderOptions;
  readonly #server: ModelServer;
  #dimensions: number | null;

  constructor(options: OpenAiEmbedderOptions) {
    this.#options = options;
    this.#dimensions = options.dimensions;
    const url = new URL(options.baseUrl);
    url.pathname = `${url.pathname.replace(/\/$/, "")}/embeddings`;
    this.#server = new ModelServer({
      name: `The embedding model ${options.model}`,
      url,
      apiKey: options.apiKey,
      settings: {
        url: "CHATTER_EMBEDDING_BASE_URL",
        apiKey: "CHATTER_EMBEDDING_API_KEY",
        model: "CHATTER_EMBEDDING_MODEL",
      },
      connectMs: CONNECT_MS,
    });
  }

  async space(signal: AbortSignal): Promise<EmbeddingSpace> {
    const { provider, model, version = 1 } = this.#options;
    // A model says how many dimensions it has only by embedding something.
    if (this.#dimensions === null) await this.embed(["dimensions"], "passage", signal);
    return { provider, model, dimensions: this.#dimensions ?? 0, version };
  }

  async embed(texts: readonly string[], purpose: Purpose, signal: AbortSignal): Promise<Vector[]> {
    signal.throwIfAborted();
    const limits = { ...LIMITS[purpose], ...this.#options.limits };
    const prefix = this.#options.prefixes?.[purpose] ?? "";
    const batches = toBatches(texts.map((text) => `${prefix}${text}`));
    const results: Vector[][] = [];
    let next = 0;
    const work = async (): Promise<void> => {
      for (let index = next++; index < batches.length; index = next++) {
        try {
          results[index] = await this.#embedBatch(batches[index] ?? [], limits, signal);
        } catch (error) {
          // The call has failed: nobody will want what is left.
          next = batches.length;
          throw error;
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(CONCURRENCY, batches.length) }, work));
    return results.flat();
  }

  close(): Promise<void> {
    return this.#server.close();
  }

  #embedBatch(
    input: readonly string[],
    limits: CallLimits,
    signal: AbortSignal,
  ): Promise<Vector[]> {
    const { model, dimensions } = this.#options;
    const body = { model, input, ...(dimensions === null ? {} : { dimensions }) };
    return this.#server.post(body, limits, signal, (answer) => this.#read(answer, input.length));
  }

  /** The vectors in the order of the texts. Throws what is wrong with the answer. */
  #read(answer: unknown, count: number): Vector[] {
    const data = (answer as { data?: unknown } | null)?.data;
    if (!Array.isArray(data)) throw new Error("has no list of data");
    if (data.length !== count) throw new Error(`has ${data.length} vectors for ${count} texts`);
    const vectors: Vector[] = [];
    for (const [place, item] of (
      data as ({ index?: unknown; embedding?: unknown } | null)[]
    ).entries()) {
      const index = typeof item?.index === "number" ? item.index : place;
      vectors[index] = this.#toVector(item?.embedding);
    }
    if (vectors.length !== count || vectors.includes(undefined as never)) {
      throw new Error("has no vector for one of the texts");
    }
    return vectors;
  }

  #toVector(embedding: unknown): Vector {
    if (!Array.isArray(embedding) || embedding.length === 0)
      throw new Error("has a vector without numbers");
    this.#dimensions ??= embedding.length;
    if (embedding.length !== this.#dimensions) {
      throw new Error(`has vectors of ${embedding.length} dimensions, not of ${this.#dimensions}`);
    }
    return toUnit(embedding as readonly unknown[]);
  }
}

/** Groups of texts, each small enough for one request; a text that is larger is sent alone. */
function toBatches(texts: readonly string[]): string[][] {
  const batches: string[][] = [];
  let characters = Number.POSITIVE_INFINITY;
  for (const text of texts) {
    const last = batches.at(-1);
    if (last && last.length < BATCH_TEXTS && characters + text.length <= BATCH_CHARACTERS) {
      last.push(text);
      characters += text.length;
    } else {
      batches.push([text]);
      characters = text.length;
    }
  }
  return batches;
}

/** With length 1, so that the product of two is their cosine. */
function toUnit(numbers: readonly unknown[]): Vector {
  let sum = 0;
  for (const number of numbers) {
    if (typeof number !== "number" || !Number.isFinite(number))
      throw new Error("has a vector with something else than numbers");
    sum += number * number;
  }
  if (sum === 0) throw new Error("has a vector of zeros");
  const length = Math.sqrt(sum);
  return Float32Array.from(numbers as readonly number[], (number) => number / length);
}
