/** Profiles: named model settings. */
import { z } from "zod";
import { id, Name, text, Timestamp } from "./text.ts";

/** A model of a provider. */
export const ModelRef = z.strictObject({ provider: text(1, 200), model: text(1, 200) });
export type ModelRef = z.infer<typeof ModelRef>;

const MAX_FALLBACKS = 5;

/** What a profile says; what is null is left to the conversation, the server and the model. */
const profileSettings = {
  provider: text(1, 200).nullable(),
  model: text(1, 200).nullable(),
  temperature: z.number().min(0).max(2).nullable(),
  max_tokens: z.int().min(1).max(8192).nullable(),
  system_prompt: text(0, 100_000).nullable(),
  fallback_models: z
    .array(ModelRef)
    .max(MAX_FALLBACKS)
    .describe("tried in this order when the model fails before its first token"),
};

/** A whole profile: what is absent is null, or an empty list. */
export const ProfileRequest = z
  .strictObject({ name: Name, ...z.strictObject(profileSettings).partial().shape })
  .meta({ id: "ProfileRequest" });
export type ProfileRequest = z.infer<typeof ProfileRequest>;

export const Profile = z
  .object({
    id: id("prof"),
    name: z.string(),
    ...profileSettings,
    version: z.int().describe("counts the changes, from 1"),
    created_at: Timestamp,
    updated_at: Timestamp,
  })
  .meta({ id: "Profile" });
export type Profile = z.infer<typeof Profile>;
