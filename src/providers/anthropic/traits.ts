/** In what Anthropic's models differ, as far as a request must know it. */

/** Since Opus 4.7 Claude answers a request that sets a temperature with an error. */
const TAKES_TEMPERATURE =
  /claude-(?:instant|[23]\b|[23][-.]|(?:opus|sonnet|haiku)-4(?:[-.][0-6]|[-@]\d{8}|$))/;

/** Whether a temperature may be sent to it. Models that are not Claude, behind the same API, take one. */
export function takesTemperature(model: string): boolean {
  return !model.includes("claude-") || TAKES_TEMPERATURE.test(model);
}

/**
 * The limit of tokens where nobody sets one: the API demands a figure, and refuses one above what the model can do.
 * Thinking counts towards it, hence more than an answer alone would need.
 */
export function defaultMaxTokens(model: string): number {
  if (/claude-3-[57]/.test(model)) return 8_192;
  if (/claude-(?:instant|[23])/.test(model)) return 4_096;
  return model.includes("claude-") ? 32_000 : 8_192;
}
