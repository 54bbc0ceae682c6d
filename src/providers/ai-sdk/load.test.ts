import { describe, expect, it } from "vitest";
import { WorkflowConfigurationError } from "../../workflow/errors.ts";
import { loadAiSdkPackage } from "./load.ts";

const provider = (specificationVersion: string | undefined, made: string) =>
  Object.assign(() => made, {
    specificationVersion,
    languageModel: (id: string) => `${made} ${id}`,
  });

async function load(exported: object, name = "x"): Promise<unknown> {
  const make = await loadAiSdkPackage("pkg", name, () => Promise.resolve({ ...exported }));
  return make("m");
}

async function refusal(loading: Promise<unknown>): Promise<string> {
  const error = await loading.catch((error: unknown) => error);
  expect(error).toBeInstanceOf(WorkflowConfigurationError);
  return (error as Error).message;
}

describe("loadAiSdkPackage", () => {
  it("finds the provider among a package's exports, and the one that is called so", async () => {
    const exported = {
      VERSION: "1",
      nothing: null,
      createA: () => provider("v4", "made"),
      a: provider("v4", "a"),
      b: provider("v3", "b"),
    };
    expect(await load(exported)).toBe("a m");
    expect(await load(exported, "b")).toBe("b m");
    expect(await load({ old: provider(undefined, "old") })).toBe("old m");
  });

  it("refuses a package without one, and one of another version, and says what to do", async () => {
    expect(await refusal(load({ createA: () => 1 }))).toContain("OPENAI_BASE_URL");
    const message = await refusal(load({ a: provider("v2", "a") }));
    expect(message).toContain("v2");
    expect(message).toContain("npm install pkg@latest");
  });

  it("says how to install a package that is missing", async () => {
    const message = await refusal(loadAiSdkPackage("@ai-sdk/not-there", "x"));
    expect(message).toContain("npm install @ai-sdk/not-there");
  });

  it("tells a missing package from one that cannot be loaded", async () => {
    const broken = Object.assign(new Error("Cannot find package 'dep' imported from pkg"), {
      code: "ERR_MODULE_NOT_FOUND",
    });
    const message = await refusal(loadAiSdkPackage("pkg", "x", () => Promise.reject(broken)));
    expect(message).toContain("cannot be loaded: Cannot find package 'dep'");
    expect(message).not.toContain("npm install");
  });

  it("loads a real package", async () => {
    const make = await loadAiSdkPackage("@ai-sdk/mistral", "mistral");
    expect(make("mistral-small-latest")).toMatchObject({
      specificationVersion: "v4",
      modelId: "mistral-small-latest",
    });
  });
});
