import { expect, test } from "vitest";
import type { Profile } from "../../../src/client/index.ts";
import { InputError } from "../forms/problem.ts";
import { fromProfileTexts, profileFields, summaryOf, toProfileTexts } from "./profile-texts.ts";

const PROFILE: Profile = {
  id: "prof_1",
  name: "Careful",
  provider: "openai",
  model: "large",
  temperature: 0,
  max_tokens: 500,
  system_prompt: "Be exact.",
  fallback_models: [{ provider: "ollama", model: "small" }],
  version: 1,
  created_at: "2026-01-01T00:00:00Z",
  updated_at: "2026-01-01T00:00:00Z",
};

test("fields give back the profile that they were filled with, a temperature of 0 included", () => {
  const { id: _id, version: _version, created_at: _at, updated_at: _on, ...profile } = PROFILE;
  expect(fromProfileTexts(toProfileTexts(PROFILE))).toEqual(profile);
});

test("a new profile leaves everything but its name to others", () => {
  expect(fromProfileTexts({ ...toProfileTexts(null), name: " Mine " })).toEqual({
    name: "Mine",
    provider: null,
    model: null,
    temperature: null,
    max_tokens: null,
    system_prompt: null,
    fallback_models: [],
  });
});

test("what is no number is refused before it is sent", () => {
  const texts = { ...toProfileTexts(PROFILE), temperature: "warm" };
  expect(() => fromProfileTexts(texts)).toThrow(InputError);
});

test("each fallback has fields of its own", () => {
  expect(profileFields(toProfileTexts(PROFILE))).toContain("fallback_models.0.provider");
});

test("a profile is summed up in a line", () => {
  expect(summaryOf(PROFILE)).toBe("large · temperature 0 · at most 500 tokens · else small");
  const bare = { ...PROFILE, provider: null, model: null, temperature: null, max_tokens: null };
  expect(summaryOf({ ...bare, fallback_models: [] })).toBe("Default model");
});
