import { describe, expect, it } from "vitest";
import { WorkflowConfigurationError } from "../../workflow/errors.ts";
import { isLocalUrl, ollamaUrl } from "./addresses.ts";

describe("ollamaUrl", () => {
  it.each([
    ["127.0.0.1", "http://127.0.0.1:11434"],
    ["0.0.0.0:8080", "http://127.0.0.1:8080"],
    ["http://box:11434/", "http://box:11434"],
    ["https://box/ollama/v1/", "https://box/ollama"],
    ["[::1]", "http://[::1]:11434"],
    ["", "http://127.0.0.1:11434"],
  ])("reads %s", (host, url) => {
    expect(ollamaUrl(host)).toBe(url);
  });

  it("refuses what is no address", () => {
    expect(() => ollamaUrl("http://")).toThrow(WorkflowConfigurationError);
  });
});

describe("isLocalUrl", () => {
  it.each([
    "http://localhost:1234/v1",
    "http://127.0.0.1:1234",
    "http://[::1]:1234/v1",
    "http://10.1.2.3/v1",
    "http://172.31.0.1",
    "http://192.168.1.7:8080",
    "http://[fd00::1]/v1",
    "http://litellm:4000/v1",
    "http://host.docker.internal:11434",
    "http://box.local",
    "https://models.corp.internal/v1",
    "http://2130706433",
  ])("knows %s as local", (url) => {
    expect(isLocalUrl(url)).toBe(true);
  });

  it.each([
    "https://api.openai.com/v1",
    "https://openrouter.ai/api/v1",
    "http://8.8.8.8",
    "http://172.32.0.1",
    "http://[2606:4700::1111]",
    "https://local.example.com",
  ])("knows %s as somebody else's", (url) => {
    expect(isLocalUrl(url)).toBe(false);
  });
});
