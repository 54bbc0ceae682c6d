import { expect, test } from "vitest";
import {
  type AnswerSettings,
  choiceOf,
  isUnset,
  NO_SETTINGS,
  parametersOf,
  settingsOf,
  toDryRun,
  withChoice,
} from "./answer-settings.ts";
import { CATALOGUE } from "./testing.ts";

const SETTINGS: AnswerSettings = {
  workflow: "plain",
  workflow_template: null,
  workflow_config: { memory_window: 7, max_tool_calls: 3 },
  system_prompt: "Be brief.",
  profile_id: "prof_1",
};

test("settings are what a conversation says of its answers, and nothing else of it", () => {
  const conversation = { ...SETTINGS, id: "conv_1", title: "T", provider: "p", model: "m" };
  expect(settingsOf(conversation)).toEqual(SETTINGS);
});

test("unset are settings that leave everything to the server", () => {
  expect(isUnset(NO_SETTINGS)).toBe(true);
  expect(isUnset({ ...NO_SETTINGS, workflow_config: { enable_memory: false } })).toBe(false);
  expect(isUnset({ ...NO_SETTINGS, system_prompt: "x" })).toBe(false);
});

test("a template takes the place of a workflow, and the other way round", () => {
  const template = withChoice(SETTINGS, { kind: "template", name: "support" });
  expect(choiceOf(template)).toEqual({ kind: "template", name: "support" });
  expect(template.workflow).toBeNull();
  const workflow = withChoice(template, { kind: "workflow", name: "tools" });
  expect(choiceOf(workflow)).toEqual({ kind: "workflow", name: "tools" });
  expect(workflow.workflow_template).toBeNull();
  expect(workflow.workflow_config).toBe(SETTINGS.workflow_config);
  expect(choiceOf(NO_SETTINGS)).toBeNull();
});

test("the parameters are those of the template's workflow, the chosen one, or the server's", () => {
  const names = (settings: AnswerSettings): string[] =>
    parametersOf(settings, CATALOGUE, "plain").map(({ name }) => name);
  expect(names(NO_SETTINGS)).toEqual(["enable_memory", "memory_window"]);
  expect(names(withChoice(NO_SETTINGS, { kind: "workflow", name: "tools" }))).toContain(
    "max_tool_calls",
  );
  expect(names(withChoice(NO_SETTINGS, { kind: "template", name: "support" }))).toContain(
    "max_tool_calls",
  );
  expect(names({ ...NO_SETTINGS, workflow: "unknown" })).toEqual([]);
});

test("a dry run asks about the parameters that the workflow takes, and about the prompt", () => {
  const dryRun = toDryRun(SETTINGS, parametersOf(SETTINGS, CATALOGUE, "plain"));
  expect(dryRun).toMatchObject({
    workflow: "plain",
    workflow_template: null,
    profile_id: "prof_1",
    workflow_config: { memory_window: 7 },
    system_prompt_override: "Be brief.",
  });
  expect(Object.keys(dryRun.workflow_config ?? {})).toEqual(["memory_window"]);
});
