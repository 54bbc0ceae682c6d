/**
 * What well-known models cost and how much they can read, as their makers documented it; read on 2026-11-25.
 * Standard rates of the makers' own APIs: no batch, priority or regional rates. A model that is not here has no known
 * price.
 *
 * Sources: for OpenAI the pages "Pricing", "Prompt caching" and the models' own pages on developers.openai.com; for
 * Anthropic the pages "Pricing" and the models' own pages on platform.claude.com; all compared with the data of the
 * open-source projects genai-prices (0.1.8) and models.dev, and for the newest models with makers' announcements.
 */

/** In USD for a million tokens. */
export interface ModelPrice {
  readonly input: number;
  /** Input that was read from the provider's cache; null where the maker gives no such price. */
  readonly cachedInput: number | null;
  /** Writing to the cache costs this many times the price of input. */
  readonly cacheWriteFactor: number;
  readonly output: number;
  /** Requests with more input than `above` tokens cost these many times as much, all of their tokens. */
  readonly long: { readonly above: number; readonly input: number; readonly output: number } | null;
  /** The context window in tokens: input and output together. */
  readonly contextWindow: number;
}

type Rates = readonly [input: number, cachedInput: number | null, output: number];

const MILLION = 1_000_000;
const OPENAI_LONG = { above: 272_000, input: 2, output: 1.5 };

/** OpenAI up to GPT-5.5: writing to the cache costs nothing extra. */
function openai([input, cachedInput, output]: Rates, contextWindow: number): ModelPrice {
  return { input, cachedInput, cacheWriteFactor: 1, output, long: null, contextWindow };
}

function openaiLong(rates: Rates, cacheWriteFactor: number): ModelPrice {
  return { ...openai(rates, 1_050_000), cacheWriteFactor, long: OPENAI_LONG };
}

/** Anthropic: writing to the cache for five minutes costs a quarter more. */
function anthropic(
  [input, cachedInput, output]: Rates,
  contextWindow: number,
  long: ModelPrice["long"] = null,
): ModelPrice {
  return { input, cachedInput, cacheWriteFactor: 1.25, output, long, contextWindow };
}

/** By model, without date. A dated model stands here only where its price is its own. */
export const PRICES: Readonly<Record<string, ModelPrice>> = {
  "gpt-6.2-sol": openaiLong([2, 0.1, 10], 1.25),
  "gpt-6.1-sol": openaiLong([2, 0.1, 10], 1.25),
  "gpt-6.1-terra": openaiLong([1, 0.05, 5], 1.25),
  "gpt-6-astra": openaiLong([10, 1, 50], 1.25),
  "gpt-6-sol": openaiLong([2, 0.2, 10], 1.25),
  "gpt-6-luna": openaiLong([0.1, 0.01, 0.5], 1.25),
  "gpt-5.6-sol": openaiLong([4, 0.4, 20], 1.25),
  "gpt-5.6-terra": openaiLong([2, 0.2, 12], 1.25),
  "gpt-5.6-luna": openaiLong([0.2, 0.02, 1.2], 1.25),
  "gpt-5.5": openaiLong([5, 0.5, 30], 1),
  "gpt-5.4": openaiLong([2.5, 0.25, 15], 1),
  "gpt-5.4-mini": openai([0.75, 0.075, 4.5], 400_000),
  "gpt-5.4-nano": openai([0.2, 0.02, 1.25], 400_000),
  "gpt-5.2": openai([1.75, 0.175, 14], 400_000),
  "gpt-5.1": openai([1.25, 0.125, 10], 400_000),
  "gpt-5": openai([1.25, 0.125, 10], 400_000),
  "gpt-5-mini": openai([0.25, 0.025, 2], 400_000),
  "gpt-5-nano": openai([0.05, 0.005, 0.4], 400_000),
  "gpt-4.1": openai([2, 0.5, 8], 1_047_576),
  "gpt-4.1-mini": openai([0.4, 0.1, 1.6], 1_047_576),
  "gpt-4.1-nano": openai([0.1, 0.025, 0.4], 1_047_576),
  "gpt-4o": openai([2.5, 1.25, 10], 128_000),
  "gpt-4o-2024-05-13": openai([5, null, 15], 128_000),
  "gpt-4o-mini": openai([0.15, 0.075, 0.6], 128_000),
  "gpt-4-turbo": openai([10, null, 30], 128_000),
  "gpt-4": openai([30, null, 60], 8_192),
  "gpt-3.5-turbo": openai([0.5, null, 1.5], 16_385),
  "o4-mini": openai([1.1, 0.275, 4.4], 200_000),
  o3: openai([2, 0.5, 8], 200_000),
  "o3-mini": openai([1.1, 0.55, 4.4], 200_000),
  o1: openai([15, 7.5, 60], 200_000),

  "claude-fable-5-2": anthropic([8, 0.2, 40], MILLION),
  "claude-fable-5-1": anthropic([10, 0.25, 50], MILLION),
  "claude-fable-5": anthropic([10, 1, 50], MILLION),
  "claude-opus-5-5": anthropic([4, 0.2, 20], MILLION),
  "claude-opus-5": anthropic([5, 0.5, 25], MILLION),
  "claude-opus-4-8": anthropic([5, 0.5, 25], MILLION),
  "claude-opus-4-7": anthropic([5, 0.5, 25], MILLION),
  "claude-opus-4-6": anthropic([5, 0.5, 25], MILLION),
  "claude-opus-4-5": anthropic([5, 0.5, 25], 200_000),
  "claude-opus-4-1": anthropic([15, 1.5, 75], 200_000),
  "claude-opus-4-0": anthropic([15, 1.5, 75], 200_000),
  "claude-opus-4": anthropic([15, 1.5, 75], 200_000),
  "claude-sonnet-5-5": anthropic([2, 0.1, 10], MILLION),
  "claude-sonnet-5": anthropic([2, 0.2, 10], MILLION),
  "claude-sonnet-4-6": anthropic([3, 0.3, 15], MILLION),
  "claude-sonnet-4-5": anthropic([3, 0.3, 15], 200_000),
  "claude-sonnet-4-0": anthropic([3, 0.3, 15], 200_000),
  "claude-sonnet-4": anthropic([3, 0.3, 15], 200_000),
  "claude-3-7-sonnet": anthropic([3, 0.3, 15], 200_000),
  "claude-3-5-sonnet": anthropic([3, 0.3, 15], 200_000),
  "claude-haiku-5-5": anthropic([0.1, 0.01, 0.5], MILLION, {
    above: 100_000,
    input: 5,
    output: 5,
  }),
  "claude-haiku-4-5": anthropic([1, 0.1, 5], 200_000),
  "claude-3-5-haiku": anthropic([0.8, 0.08, 4], 200_000),
};
