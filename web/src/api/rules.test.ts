import { expect, test } from "vitest";
import { ConversationSettings } from "../../../src/contract/conversations.ts";
import { ProfileRequest } from "../../../src/contract/profiles.ts";
import { plainRule } from "./rules.ts";

/** What the server would say of a profile with this wrong in it. */
function rulesOf(wrong: object): string[] {
  const { error } = ProfileRequest.safeParse({ name: "p", ...wrong });
  return (error?.issues ?? []).map(({ message }) => plainRule(message));
}

test("bounds, types and lengths are said in plain words, as the contract's own schemas raise them", () => {
  expect(rulesOf({ temperature: 3 })).toEqual(["must be at most 2"]);
  expect(rulesOf({ max_tokens: 0 })).toEqual(["must be at least 1"]);
  expect(rulesOf({ max_tokens: 1.5 })).toEqual(["must be a whole number"]);
  expect(rulesOf({ temperature: "warm" })).toEqual(["must be a number"]);
  const models = Array.from({ length: 6 }, () => ({ provider: "a", model: "b" }));
  expect(rulesOf({ fallback_models: models })).toEqual(["must have at most 5 items"]);
});

test("what is written for people stays as it is", () => {
  const { error } = ConversationSettings.safeParse({ title: "" });
  expect(plainRule(error?.issues[0]?.message ?? "")).toBe("must have 1 to 200 characters");
});
