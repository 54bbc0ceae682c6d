/** Limits on how often something may happen, as answers show them. */
import { z } from "zod";

/** Where somebody stands in one window of time. */
export const LimitState = z
  .object({
    name: z.string().describe("what the window is called in the RateLimit headers"),
    limit: z.int().describe("how many requests a window allows"),
    window_seconds: z.int(),
    remaining: z.int().describe("how many are left in the present window"),
    reset_seconds: z.int().describe("when the present window ends, from now"),
  })
  .meta({ id: "LimitState" });
export type LimitState = z.infer<typeof LimitState>;
