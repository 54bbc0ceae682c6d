import { describe, expect, it } from "vitest";
import { WorkflowConfigurationError } from "../../workflow/errors.ts";
import { parseAiSdk } from "./settings.ts";

describe("CHATTER_AI_SDK", () => {
  it("is a list of packages, with or without name and model", () => {
    const value =
      "google=@ai-sdk/google, @ai-sdk/mistral,local=ollama-ai-provider-v2:llama3:8b ,, my_azure=@ai-sdk/azure:chat";
    expect(parseAiSdk(value, [])).toEqual([
      { name: "google", packageName: "@ai-sdk/google", model: undefined },
      { name: "mistral", packageName: "@ai-sdk/mistral", model: undefined },
      { name: "local", packageName: "ollama-ai-provider-v2", model: "llama3:8b" },
      { name: "my_azure", packageName: "@ai-sdk/azure", model: "chat" },
    ]);
    expect(parseAiSdk(" ", [])).toEqual([]);
  });

  it.each([
    "=@ai-sdk/google",
    "google=",
    "google=./evil.js",
    "google=/etc/evil.js",
    "google=@ai-sdk/../evil",
    "google=@ai-sdk/google:",
    "a b",
    "google=@ai-sdk/google@2.0.0",
  ])("refuses %s, which is no package", (value) => {
    expect(() => parseAiSdk(value, [])).toThrow(WorkflowConfigurationError);
    expect(() => parseAiSdk(value, [])).toThrow(value);
  });

  it("refuses a name that is taken", () => {
    expect(() => parseAiSdk("@ai-sdk/openai", ["openai"])).toThrow(/my-openai=@ai-sdk\/openai/);
    expect(() => parseAiSdk("a=x,a=y", [])).toThrow(/"a", which is taken/);
  });
});
