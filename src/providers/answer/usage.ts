/** Usage as servers report it, made of figures that can be trusted. */
import type { CallUsage } from "../../workflow/ports/model.ts";
import type { CostOf } from "../prices.ts";

/** A count of tokens, or null for anything that is none. */
export function tokenCount(value: unknown): number | null {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** What a call cost is a question for who can answer it: without `costOf` it stays null. */
export function withCost(
  usage: Omit<CallUsage, "cost_usd">,
  model: string,
  cacheWriteTokens: number | null,
  costOf: CostOf | null,
): CallUsage {
  const unpriced = { ...usage, cost_usd: null };
  return costOf ? { ...usage, cost_usd: costOf(model, unpriced, cacheWriteTokens) } : unpriced;
}
