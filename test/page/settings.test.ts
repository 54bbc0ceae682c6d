/** How to answer: chosen beside the message field, and in the settings of the conversation. */
import { describe, expect, test } from "vitest";
import { accessibilityFaults, descriptionOf, focused } from "./accessible.ts";
import { openPage } from "./chromium.ts";
import { choose, expectAnswer, hold, openChoices, send, setSettings, titles } from "./drive.ts";
import { usePageStage } from "./stage.ts";
import { startToolServer } from "./tool-server.ts";

const stage = usePageStage((upstream) => startToolServer(upstream));

const CALLS = "workflow_config.max_tool_calls";
const WINDOW = "workflow_config.memory_window";

/** The conversation on the screen, as the server has it. */
function conversation(): ReturnType<typeof stage.client.getConversation> {
  return stage.client.getConversation(new URL(stage.page.url()).pathname.replace("/c/", ""));
}

/** What the model was told before the conversation, the last time it was asked. */
function lastPrompt(): string | null | undefined {
  return stage.model.asked.at(-1)?.messages.find(({ role }) => role === "system")?.content;
}

async function closed(): Promise<void> {
  await stage.page.getByTestId("settings-sheet").waitFor({ state: "detached" });
}

describe("how to answer", () => {
  test("a workflow that is chosen before the first message answers it, and stays chosen", async () => {
    const { page } = stage;
    expect(await page.getByTestId("how").innerText()).toBe("Model only");
    await choose(page, "tools");
    await send(page, 'use add {"a": 20, "b": 22}');
    await expectAnswer(page, '{"sum":42}');
    expect(await conversation()).toMatchObject({ workflow: "tools", workflow_template: null });
    expect((await conversation()).title).toContain("use add");
    await page.reload();
    await expectAnswer(page, '{"sum":42}');
    expect(await page.getByTestId("how").innerText()).toBe("With tools");
  });

  test("a message that is sent while a choice is still being kept waits for it", async () => {
    const { page } = stage;
    await openChoices(page);
    const check = await hold(page, "**/workflows/validate");
    await page.getByTestId("choice-tools").click();
    await send(page, 'use add {"a": 1, "b": 2}');
    await check();
    await expectAnswer(page, '{"sum":3}');
    expect((await conversation()).workflow).toBe("tools");

    await openChoices(page);
    const change = await hold(page, "**/conversations/*");
    await page.getByTestId("choice-plain").click();
    await send(page, "and now without");
    await change();
    await expectAnswer(page, "You said: and now without");
    expect((await conversation()).workflow).toBe("plain");
  });

  test("a message that is sent before a choice is refused comes back, with the reason", async () => {
    const { page, client } = stage;
    await client.createTemplate({ name: "gone-meanwhile", workflow_type: "plain" });
    await openChoices(page);
    const check = await hold(page, "**/workflows/validate");
    await page.getByTestId("choice-gone-meanwhile").click();
    await send(page, "never taken");
    await client.deleteTemplate("gone-meanwhile");
    // Whether it could run may just have been asked.
    stage.expectRefusal(404);
    await check();
    const problem = page.getByTestId("action-problem");
    await problem.filter({ hasText: 'Template "gone-meanwhile" not found' }).waitFor();
    expect(await page.getByTestId("composer").inputValue()).toBe("never taken");
    expect(await titles(page)).not.toContain("never taken");
  });

  test("it can be changed in the middle of a conversation", async () => {
    const { page } = stage;
    await send(page, "first");
    await expectAnswer(page, "You said: first");
    await choose(page, "rag");
    await page.getByTestId("how").filter({ hasText: "With documents" }).waitFor();
    await send(page, "second [1]");
    await expectAnswer(page, "You said: second [1]");
    expect(await page.getByTestId("sources").innerText()).toContain("1 source");
    expect((await conversation()).workflow).toBe("rag");
  });

  test("what cannot run says why, and cannot be chosen, neither by mouse nor by keyboard", async () => {
    const { page, client } = stage;
    const required_tools = ["brew_coffee", "make_tea"];
    await client.createTemplate({ name: "thirsty", workflow_type: "tools", required_tools });
    await page.reload();
    await openChoices(page);
    const choice = page.getByTestId("choice-thirsty");
    const reason = "Needs the tools brew_coffee and make_tea, which this server does not have.";
    await choice.filter({ hasText: reason }).waitFor();
    expect(await choice.innerText()).toContain(reason);
    expect(await choice.getAttribute("aria-disabled")).toBe("true");
    expect(await descriptionOf(page, "choice-thirsty")).toContain(reason);
    expect(await accessibilityFaults(page)).toEqual([]);
    // Whoever drives the browser would not even try to click what is disabled.
    await choice.dispatchEvent("click");
    await choice.press("Enter");
    expect(await choice.isVisible()).toBe(true);
    await page.keyboard.press("Escape");
    await focused(page, "how");
    expect(await page.getByTestId("how").innerText()).toBe("Model only");
    await client.deleteTemplate("thirsty");
  });

  test("the keyboard alone chooses", async () => {
    const { page } = stage;
    await page.getByTestId("composer").press("Tab");
    await focused(page, "how");
    await page.keyboard.press("Enter");
    await focused(page, "choice-plain");
    await page.keyboard.press("ArrowDown");
    await focused(page, "choice-rag");
    await page.keyboard.press("Enter");
    await page.getByTestId("how").filter({ hasText: "With documents" }).waitFor();
    expect(await page.getByTestId("announcement").innerText()).toBe(
      "How to answer: With documents.",
    );
  });
});

describe("settings", () => {
  test("of a new conversation are kept until its first message, which begins it with them", async () => {
    const { page } = stage;
    await choose(page, "tools");
    await page.getByTestId("settings").click();
    await page.getByTestId("field-workflow_config.enable_memory").check();
    await page.getByTestId("settings-sheet").getByRole("button", { name: "Cancel" }).click();
    await setSettings(page, { system_prompt: "You are a pirate.", [CALLS]: "3", [WINDOW]: "7" });
    await closed();
    await page.reload();
    await send(page, "ahoy");
    await expectAnswer(page, "You said: ahoy");
    expect(lastPrompt()).toBe("You are a pirate.");
    expect(await conversation()).toMatchObject({
      workflow: "tools",
      system_prompt: "You are a pirate.",
      workflow_config: { max_tool_calls: 3, memory_window: 7 },
    });
    // The next conversation begins without.
    await page.getByTestId("new-chat").click();
    await page.getByTestId("how").filter({ hasText: "Model only" }).waitFor();
    await send(page, "hello");
    await expectAnswer(page, "You said: hello");
    expect(lastPrompt()).toBeUndefined();
  });

  test("of a conversation are saved, read again after a reload, and change its next answer", async () => {
    const { page } = stage;
    await send(page, "first");
    await expectAnswer(page, "You said: first");
    await page.getByTestId("settings").click();
    await page.getByTestId("field-workflow_config.enable_memory").check();
    await page.getByTestId("settings-save").click();
    await closed();
    await setSettings(page, { system_prompt: "Be brief.", [WINDOW]: "9" });
    await closed();
    expect(await page.getByTestId("announcement").innerText()).toBe("Settings saved.");
    await page.reload();
    await page.getByTestId("settings").click();
    const value = (path: string): Promise<string> => page.getByTestId(`field-${path}`).inputValue();
    expect(await value("system_prompt")).toBe("Be brief.");
    expect(await value(WINDOW)).toBe("9");
    expect(await page.getByTestId("field-workflow_config.enable_memory").isChecked()).toBe(true);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await closed();
    await focused(page, "settings");
    await send(page, "second");
    await expectAnswer(page, "You said: second");
    expect(lastPrompt()).toBe("Be brief.");
    await setSettings(page, { system_prompt: "", [WINDOW]: "" });
    await closed();
    expect(await conversation()).toMatchObject({
      system_prompt: null,
      workflow_config: { enable_memory: true },
    });
  });

  test("show the limits of the workflow, with the server's bounds and defaults", async () => {
    const { page } = stage;
    await page.getByTestId("settings").click();
    await page.getByTestId(`field-${WINDOW}`).waitFor();
    expect(await descriptionOf(page, `field-${WINDOW}`)).toBe("1 to 200; 20 unless set.");
    expect(await page.getByTestId(`field-${CALLS}`).count()).toBe(0);
    await page.getByTestId("settings-how").click();
    await page.getByTestId("settings-sheet").getByTestId("choice-full").click();
    expect(await descriptionOf(page, `field-${CALLS}`)).toBe("1 to 20; 5 unless set.");
    const threshold = "field-workflow_config.similarity_threshold";
    expect(await descriptionOf(page, threshold)).toBe("0 to 1; none unless set.");
  });

  // The first is checked by a dry run, the second by the change itself.
  test.each(["new", "begun"])(
    "errors stand beside their fields: a %s conversation",
    async (age) => {
      const { page } = stage;
      await choose(page, "tools");
      if (age === "begun") {
        await send(page, "hello");
        await expectAnswer(page, "You said: hello");
        stage.expectRefusal(422);
      }
      await setSettings(page, { [CALLS]: "many" });
      const error = page.getByTestId(`error-${CALLS}`);
      await error.filter({ hasText: "Must be a number." }).waitFor();
      await page.getByTestId(`field-${CALLS}`).fill("50");
      await page.getByTestId("field-workflow_config.tool_timeout").fill("0");
      await page.getByTestId("settings-save").click();
      await error.filter({ hasText: "Must be at most 20." }).waitFor();
      expect(await page.getByTestId("error-workflow_config.tool_timeout").innerText()).toBe(
        "Must be at least 0.1.",
      );
      await focused(page, `field-${CALLS}`);
      expect(await page.getByTestId(`field-${CALLS}`).getAttribute("aria-invalid")).toBe("true");
      expect(await descriptionOf(page, `field-${CALLS}`)).toContain("Must be at most 20.");
      expect(await page.getByTestId("settings-problem").count()).toBe(0);
      expect(await accessibilityFaults(page)).toEqual([]);
      await page.getByTestId(`field-${CALLS}`).fill("20");
      await page.getByTestId("field-workflow_config.tool_timeout").fill("");
      await page.getByTestId("settings-save").click();
      await closed();
    },
  );

  test("what is not saved is lost only after a question", async () => {
    const { page } = stage;
    await page.getByTestId("settings").click();
    await page.getByTestId("field-system_prompt").fill("Long thought about");
    await page.keyboard.press("Escape");
    await page.getByTestId("discard-dialog").getByRole("button", { name: "Keep editing" }).click();
    expect(await page.getByTestId("field-system_prompt").inputValue()).toBe("Long thought about");
    await page.keyboard.press("Escape");
    await page.getByTestId("confirm-discard").click();
    await closed();
    await page.getByTestId("settings").click();
    expect(await page.getByTestId("field-system_prompt").inputValue()).toBe("");
  });

  test("are kept by Escape as well when another panel lay above them, and the answer goes on", async () => {
    const { page } = stage;
    await send(page, "a long story");
    await page.getByTestId("stop").waitFor();
    await page.getByTestId("settings").click();
    await page.getByTestId("field-system_prompt").fill("Long thought about");
    await page.getByTestId("manage-profiles").click();
    await page.getByTestId("profiles-sheet").waitFor();
    await page.keyboard.press("Escape");
    await page.getByTestId("profiles-sheet").waitFor({ state: "detached" });
    await focused(page, "manage-profiles");
    // The browser itself would not ask a second time.
    await page.keyboard.press("Escape");
    await page.getByTestId("discard-dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByTestId("discard-dialog").waitFor({ state: "detached" });
    expect(await page.getByTestId("field-system_prompt").inputValue()).toBe("Long thought about");
    await page.getByTestId("settings-how").click();
    await page.getByTestId("settings-sheet").getByTestId("choice-plain").waitFor();
    await page.keyboard.press("Escape");
    await focused(page, "settings-how");
    await page.getByTestId("settings-sheet").getByRole("button", { name: "Cancel" }).click();
    await closed();
    await expectAnswer(page, /word149/);
  });

  test("that the server takes no longer are told with the way to mend them", async () => {
    const { page, client } = stage;
    await client.createTemplate({ name: "short-lived", workflow_type: "plain" });
    await choose(page, "short-lived");
    await page.getByTestId("how").filter({ hasText: "Short lived" }).waitFor();
    await client.deleteTemplate("short-lived");
    stage.expectRefusal(422);
    // Whether it could run may just have been asked.
    stage.expectRefusal(404);
    await send(page, "hello");
    const problem = page.getByTestId("action-problem");
    await problem.waitFor();
    expect(await problem.innerText()).toContain('Template "short-lived" not found');
    expect(await page.getByTestId("composer").inputValue()).toBe("hello");
    await problem.getByRole("button", { name: "Conversation settings" }).click();
    await page.getByTestId("settings-how").click();
    await page.getByTestId("settings-sheet").getByTestId("choice-plain").click();
    await page.getByTestId("settings-save").click();
    await closed();
    await page.getByTestId("composer").press("Enter");
    await expectAnswer(page, "You said: hello");
  });

  test("fit a small screen, and stay within it", async () => {
    const viewport = { width: 390, height: 760 };
    const small = await openPage(stage.browser, stage.url, { viewport });
    const { page } = small;
    await choose(page, "full");
    await page.getByTestId("settings").click();
    await page.getByTestId(`field-${CALLS}`).waitFor();
    const sheet = page.getByTestId("settings-sheet");
    await expect.poll(async () => (await sheet.boundingBox())?.x).toBe(0);
    expect((await sheet.boundingBox())?.width).toBe(viewport.width);
    await page.keyboard.press("Escape");
    await send(page, 'use add {"a": 1, "b": 2}');
    await expectAnswer(page, '{"sum":3}');
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(viewport.width);
    expect(await accessibilityFaults(page)).toEqual([]);
    await small.close();
    expect([...small.complaints, ...small.strangers]).toEqual([]);
  });
});
