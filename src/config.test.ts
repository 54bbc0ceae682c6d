import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { loadConfig } from "./config.ts";
import { toConfig } from "./config/config.ts";
import { NO_EXTENSIONS } from "./config/extensions.ts";
import { WorkflowConfigurationError } from "./workflow/errors.ts";

describe("the places of a configuration", () => {
  function directoryWith(files: Readonly<Record<string, string>>): string {
    const directory = mkdtempSync(join(tmpdir(), "chatter-config-"));
    onTestFinished(() => {
      rmSync(directory, { recursive: true });
    });
    for (const [name, content] of Object.entries(files))
      writeFileSync(join(directory, name), content);
    return directory;
  }

  it("go in the order: environment, .env, chatter.config.ts, default", async () => {
    const directory = directoryWith({
      ".env": "CHATTER_MODEL=from-dotenv\nCHATTER_PROVIDER=from-dotenv\n",
      "chatter.config.ts": `const config: Record<string, string | number> = {
        CHATTER_MODEL: "from-file", CHATTER_PROVIDER: "from-file", CHATTER_PORT: 9000 };
        export default config;`,
    });
    const { config } = await loadConfig({ CHATTER_MODEL: "from-environment" }, directory);
    expect(config).toMatchObject({
      model: "from-environment",
      provider: "from-dotenv",
      port: 9000,
      logLevel: "info",
      dataDir: join(directory, "data"),
    });
  });

  it("give packages of the AI SDK what .env has for them, and nobody else", async () => {
    const names = ["CHATTER_TEST_KEY", "CHATTER_TEST_SET"];
    onTestFinished(() => {
      for (const name of [...names, "CHATTER_AI_SDK"]) delete process.env[name];
    });
    process.env["CHATTER_TEST_SET"] = "environment";
    const variables = "CHATTER_TEST_KEY=dotenv\nCHATTER_TEST_SET=dotenv\n";
    await loadConfig({}, directoryWith({ ".env": variables }));
    expect(process.env["CHATTER_TEST_KEY"]).toBeUndefined();
    const file = `${variables}CHATTER_AI_SDK=@ai-sdk/google\n`;
    await loadConfig({ CHATTER_AI_SDK: "@ai-sdk/google" }, directoryWith({ ".env": file }));
    expect(names.map((name) => process.env[name])).toEqual(["dotenv", "environment"]);
  });

  it("may all be missing", async () => {
    const directory = directoryWith({});
    const { config, extensions } = await loadConfig({}, directory);
    expect(config).toEqual(toConfig({}, directory));
    expect(extensions).toEqual(NO_EXTENSIONS);
  });

  it("add up the blocked words, and take patterns from the file", async () => {
    const directory = directoryWith({
      "chatter.config.ts": `export default { contentFilter: { words: ["b c"], patterns: ["x+"] } };`,
    });
    const { config } = await loadConfig({ CHATTER_BLOCKED_WORDS: "a" }, directory);
    expect(config.contentFilter).toEqual({ words: ["a", "b c"], patterns: ["x+"] });
  });

  it("keep code apart from data", async () => {
    const directory = directoryWith({
      "chatter.config.ts": `const first = { name: "first", before: async (state: unknown) => state };
        const second = { name: "second", admit: async () => {} };
        export default { CHATTER_MODEL: "m", middleware: [first, second] };`,
    });
    const { config, extensions } = await loadConfig({}, directory);
    expect(config.model).toBe("m");
    expect(config).not.toHaveProperty("middleware");
    expect(extensions.middleware.map(({ name }) => name)).toEqual(["first", "second"]);
    expect(Object.isFrozen(extensions)).toBe(true);
  });

  it.each([
    ["export default 7;", /must export an object/],
    ["export default [];", /must export an object/],
    ["export default { middleware: {} };", /middleware: must be a list/],
    ["export default { middleware: [{}] };", /middleware\[0\]: A middleware has no name/],
    ["export default { middleware: [{ name: 'a', wrap: 1 }] };", /"a", wrap is no function/],
    ["export default { contentFilter: { word: ['a'] } };", /contentFilter.*"word"/],
    ["export default { contentFilter: { words: 'a' } };", /contentFilter\.words/],
  ])("refuse %s", async (content, error) => {
    const directory = directoryWith({ "chatter.config.ts": content });
    await expect(loadConfig({}, directory)).rejects.toThrow(WorkflowConfigurationError);
    await expect(loadConfig({}, directory)).rejects.toThrow(error);
  });

  it("refuse a setting in chatter.config.ts that does not exist", async () => {
    const directory = directoryWith({
      "chatter.config.ts": "export default { CHATTER_PROT: 80 };",
    });
    await expect(loadConfig({}, directory)).rejects.toThrow(
      /CHATTER_PROT \(did you mean CHATTER_PORT\?\).*There are:.*CHATTER_PORT.*contentFilter.*middleware/,
    );
  });

  it("say where a file goes wrong that cannot be loaded", async () => {
    const directory = directoryWith({
      "chatter.config.ts": `const tools = undefined;\nexport default { tools: tools.length };`,
    });
    const loading = loadConfig({}, directory);
    await expect(loading).rejects.toThrow(WorkflowConfigurationError);
    await expect(loading).rejects.toThrow(
      /^chatter\.config\.ts cannot be loaded \(line 2\): .*length/,
    );
    await expect(loading).rejects.toMatchObject({ cause: expect.any(TypeError) });
  });
});
