import { expect, test } from "vitest";
import type { Profile } from "../../../src/client/index.ts";
import { NO_SETTINGS } from "../state/answer-settings.ts";
import { CATALOGUE, SUPPORT } from "../state/testing.ts";
import {
  copyOf,
  fromPresentSettings,
  fromTemplateTexts,
  type Present,
  toTemplateTexts,
} from "./template-texts.ts";

const TOOLS = CATALOGUE.workflows[1]?.optional ?? [];

const PRESENT: Present = {
  settings: { ...NO_SETTINGS, workflow: "tools" },
  catalogue: CATALOGUE,
  fallback: "plain",
  profiles: [],
  model: null,
};

test("fields give back the template that they were filled with", () => {
  const { version: _version, built_in: _builtIn, ...template } = SUPPORT;
  expect(fromTemplateTexts(toTemplateTexts(SUPPORT), TOOLS)).toEqual(template);
});

test("lines about approval that say nothing are named", () => {
  const texts = { ...toTemplateTexts(SUPPORT), approval: "search" };
  expect(() => fromTemplateTexts(texts, TOOLS)).toThrow(
    expect.objectContaining({ errors: [expect.objectContaining({ path: "tool_approval" })] }),
  );
});

test("what another workflow took is left out, and so are empty lines", () => {
  const texts = { ...toTemplateTexts(SUPPORT), workflow: "plain", tools: "\n" };
  const plain = fromTemplateTexts(texts, CATALOGUE.workflows[0]?.optional ?? []);
  expect(plain).toMatchObject({ workflow_type: "plain", default_params: {}, required_tools: [] });
});

test("the present settings become a template: workflow, limits, prompt, model and profile", () => {
  const settings = {
    ...PRESENT.settings,
    workflow_config: { max_tool_calls: 3, max_documents: 4 },
    system_prompt: "Be brief.",
    profile_id: "prof_1",
  };
  expect(
    fromPresentSettings({ ...PRESENT, settings, model: { provider: "p", model: "m" } }),
  ).toMatchObject({
    name: "",
    workflow_type: "tools",
    default_params: { max_tool_calls: 3, system_message: "Be brief." },
    provider: "p",
    model: "m",
    profile_id: "prof_1",
  });
});

test("a parameter that the workflow does not take stays behind", () => {
  const settings = { ...PRESENT.settings, workflow_config: { max_documents: 4 } };
  expect(fromPresentSettings({ ...PRESENT, settings }).default_params).toEqual({});
});

test("where a template is in use, what it sets goes before the conversation's own", () => {
  const settings = {
    ...NO_SETTINGS,
    workflow_template: "support",
    workflow_config: { max_tool_calls: 9, memory_window: 4 },
    system_prompt: "Be brief.",
  };
  expect(fromPresentSettings({ ...PRESENT, settings })).toMatchObject({
    workflow_type: "tools",
    default_params: { max_tool_calls: 2, memory_window: 4, system_message: "You help." },
    required_tools: ["search"],
  });
});

test("a profile's prompt is not overridden by the conversation's, which it goes before", () => {
  const profiles = [{ id: "prof_1", system_prompt: "I am the profile." } as Profile];
  const settings = { ...PRESENT.settings, system_prompt: "Be brief.", profile_id: "prof_1" };
  expect(fromPresentSettings({ ...PRESENT, settings, profiles }).default_params).toEqual({});
});

test("a copy needs a name of its own", () => {
  expect(copyOf(SUPPORT)).toMatchObject({ name: "support-copy", workflow_type: "tools" });
});
