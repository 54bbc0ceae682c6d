/** Reranking over HTTP, in the form that Cohere, Jina and the servers that follow them speak. */
import type { Reranker } from "../../workflow/ports/search-models.ts";
import { type CallLimits, ModelServer } from "../http/model-server.ts";

/** A search waits for it: what takes longer is done without. */
const CONNECT_MS = 1_000;
const DEFAULT_LIMITS: CallLimits = Object.freeze({
  answerMs: 5_000,
  totalMs: 5_000,
  retries: 0,
  pauseMs: 0,
});

export interface HttpRerankerOptions {
  /** Usually ends in `/v1`; `/rerank` is added. */
  readonly baseUrl: URL;
  readonly apiKey: string | undefined;
  readonly model: string;
  readonly limits?: Partial<CallLimits>;
}

export interface ClosableReranker extends Reranker {
  close(): Promise<void>;
}

/** Makes a reranker; nothing is asked of the server before the first call. */
export function createHttpReranker(options: HttpRerankerOptions): ClosableReranker {
  const { apiKey, model } = options;
  const url = new URL(options.baseUrl);
  url.pathname = `${url.pathname.replace(/\/$/, "")}/rerank`;
  const server = new ModelServer({
    name: `The reranking model ${model}`,
    url,
    apiKey,
    settings: {
      url: "CHATTER_RERANK_BASE_URL",
      apiKey: "CHATTER_RERANK_API_KEY",
      model: "CHATTER_RERANK_MODEL",
    },
    connectMs: CONNECT_MS,
  });
  const limits = { ...DEFAULT_LIMITS, ...options.limits };
  return {
    async score(query, texts, signal) {
      signal.throwIfAborted();
      if (texts.length === 0) return [];
      const body = { model, query, documents: texts, top_n: texts.length };
      return server.post(body, limits, signal, (answer) => readScores(answer, texts.length));
    },
    close: () => server.close(),
  };
}

/** A score for each text, by its place. Throws what is wrong with the answer. */
function readScores(answer: unknown, count: number): number[] {
  const results = (answer as { results?: unknown } | null)?.results;
  if (!Array.isArray(results)) throw new Error("has no list of results");
  const scores = Array.from({ length: count }, () => Number.NaN);
  for (const result of results as ({ index?: unknown; relevance_score?: unknown } | null)[]) {
    const { index, relevance_score: score } = result ?? {};
    if (typeof index !== "number" || !(index in scores))
      throw new Error("scores a text that was not sent");
    if (typeof score !== "number") throw new Error("has a result without a relevance_score");
    scores[index] = score;
  }
  const missing = scores.findIndex((score) => !Number.isFinite(score));
  if (missing >= 0) throw new Error(`has no score for text ${missing + 1} of ${count}`);
  return scores;
}
