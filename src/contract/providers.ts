/** Providers and models: what is configured and reachable, never a secret. */
import { z } from "zod";

export const ProviderInfo = z
  .object({
    name: z.string(),
    kind: z.string().describe("the protocol it speaks: `openai`, `anthropic`, `ai-sdk`, `offline`"),
    default: z.boolean().describe("answers where a request names no provider"),
    reachable: z.boolean(),
    detail: z.string().nullable().describe("why it cannot be reached, and what to check"),
    default_model: z.string(),
  })
  .meta({ id: "ProviderInfo" });
export type ProviderInfo = z.infer<typeof ProviderInfo>;

export const ModelInfo = z
  .object({
    id: z.string().describe("what goes into the request's `model`"),
    provider: z.string(),
    default: z.boolean(),
  })
  .meta({ id: "ModelInfo" });
export type ModelInfo = z.infer<typeof ModelInfo>;
