import { describe, expect, it } from "vitest";
import type { RegenerateRequest } from "../../contract/chat.ts";
import type { Profile } from "../../contract/profiles.ts";
import type { Template } from "../../contract/templates.ts";
import { conversationOf, planFor, profileOf, PROFILE_ID, templateOf } from "../testing/planning.ts";
import type { PlanConversation } from "./sources.ts";

describe("a model belongs to the provider that it was named with", () => {
  it.each<{
    rule: string;
    request?: RegenerateRequest;
    template?: Partial<Template>;
    profile?: Partial<Profile>;
    conversation?: Partial<NonNullable<PlanConversation>>;
    chosen: { provider: string; model: string };
  }>([
    {
      rule: "both of one source go together",
      conversation: { provider: "cloud", model: "huge" },
      chosen: { provider: "cloud", model: "huge" },
    },
    {
      rule: "the request's model alone goes to the provider of the sources below",
      request: { model: "tiny" },
      conversation: { provider: "cloud", model: "huge" },
      chosen: { provider: "cloud", model: "tiny" },
    },
    {
      rule: "another provider does not get the model of the sources below",
      request: { provider: "local" },
      conversation: { provider: "cloud", model: "huge" },
      chosen: { provider: "local", model: "small" },
    },
    {
      rule: "the same provider, named again, keeps the model",
      request: { provider: "cloud" },
      conversation: { provider: "cloud", model: "huge" },
      chosen: { provider: "cloud", model: "huge" },
    },
    {
      rule: "a provider without a model gets its own",
      conversation: { provider: "cloud" },
      chosen: { provider: "cloud", model: "big" },
    },
    {
      rule: "a model alone belongs to the default provider",
      conversation: { model: "tiny" },
      chosen: { provider: "local", model: "tiny" },
    },
    {
      rule: "a template's provider takes neither the profile's model nor the conversation's",
      template: { provider: "cloud" },
      profile: { provider: "local", model: "a" },
      conversation: { model: "b" },
      chosen: { provider: "cloud", model: "big" },
    },
    {
      rule: "a template's model goes to the profile's provider",
      template: { model: "a" },
      profile: { provider: "cloud", model: "b" },
      chosen: { provider: "cloud", model: "a" },
    },
    {
      rule: "a model further down counts where it was named with the same provider",
      request: { provider: "cloud" },
      template: { provider: "local", model: "a" },
      profile: { provider: "cloud", model: "b" },
      chosen: { provider: "cloud", model: "b" },
    },
  ])("$rule", async ({ request, template, profile, conversation, chosen }) => {
    const made = await planFor({
      request: { ...request, workflow_template: "mine", profile_id: PROFILE_ID },
      templates: [templateOf(template)],
      profiles: [profileOf(profile)],
      conversation: conversationOf(conversation),
    });
    expect({ provider: made.provider, model: made.model }).toEqual(chosen);
  });
});
