import { expect, test } from "vitest";
import { InputError } from "../forms/problem.ts";
import { type AnswerSettings, NO_SETTINGS } from "../state/answer-settings.ts";
import { MEMORY } from "../state/testing.ts";
import { fromSettingsTexts, toSettingsTexts } from "./settings-texts.ts";

const SETTINGS: AnswerSettings = {
  workflow: "plain",
  workflow_template: null,
  workflow_config: { enable_memory: true, memory_window: 30, max_tool_calls: 2 },
  system_prompt: "Be brief.",
  profile_id: "prof_1",
};

test("fields give back what they were filled with, and what they do not show", () => {
  expect(fromSettingsTexts(SETTINGS, toSettingsTexts(SETTINGS), MEMORY)).toEqual(SETTINGS);
  expect(fromSettingsTexts(NO_SETTINGS, toSettingsTexts(NO_SETTINGS), MEMORY)).toEqual(NO_SETTINGS);
});

test("emptied fields leave it to the server", () => {
  const texts = { prompt: " \n", profileId: "", parameters: { memory_window: "" } };
  expect(fromSettingsTexts(SETTINGS, texts, MEMORY)).toEqual({
    ...SETTINGS,
    workflow_config: { max_tool_calls: 2 },
    system_prompt: null,
    profile_id: null,
  });
});

test("what is no number is refused before it is sent", () => {
  const texts = { ...toSettingsTexts(SETTINGS), parameters: { memory_window: "all" } };
  expect(() => fromSettingsTexts(SETTINGS, texts, MEMORY)).toThrow(InputError);
});
