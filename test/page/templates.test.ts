/** Templates: made, used, and taken along as files. */
import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { accessibilityFaults, focused } from "./accessible.ts";
import { choose, expectAnswer, fill, send, setSettings } from "./drive.ts";
import { usePageStage } from "./stage.ts";
import { startToolServer } from "./tool-server.ts";

const stage = usePageStage((upstream) => startToolServer(upstream));

/** Opens the menu of a template in the list and picks an entry. */
async function pick(name: string, entry: string): Promise<void> {
  const row = stage.page.locator(`[data-testid="template-entry"][data-name="${name}"]`);
  await row.getByTestId("template-menu").click();
  await row.getByTestId(entry).click();
}

/** Saves the open template and waits for the list with it. */
async function save(name: string): Promise<void> {
  await stage.page.getByTestId("template-save").click();
  await stage.page.locator(`[data-testid="template-entry"][data-name="${name}"]`).waitFor();
}

async function importFile(text: string): Promise<void> {
  const file = { name: "templates.json", mimeType: "application/json", buffer: Buffer.from(text) };
  await stage.page.getByTestId("import-file").setInputFiles(file);
}

async function download(click: () => Promise<void>): Promise<{ name: string; text: string }> {
  const [file] = await Promise.all([stage.page.waitForEvent("download"), click()]);
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), "utf8") };
}

test("the present settings become a template, which the next conversation is answered with", async () => {
  const { page, model, client } = stage;
  await choose(page, "tools");
  await setSettings(page, {
    system_prompt: "You add numbers.",
    "workflow_config.max_tool_calls": "2",
  });
  await page.getByTestId("settings-sheet").waitFor({ state: "detached" });
  await page.getByTestId("templates").click();
  await page.getByTestId("new-template").click();
  await focused(page, "field-name");
  expect(await page.getByTestId("field-default_params.system_message").inputValue()).toBe(
    "You add numbers.",
  );
  await fill(page, { name: "Adding Numbers", description: "Adds", required_tools: "add\n" });
  stage.expectRefusal(422);
  await page.getByTestId("template-save").click();
  expect(await page.getByTestId("error-name").innerText()).toContain(
    "Must be 1 to 64 lower-case letters",
  );
  await focused(page, "field-name");
  expect(await accessibilityFaults(page)).toEqual([]);
  await fill(page, { name: "adding-numbers" });
  await save("adding-numbers");
  expect(await client.getTemplate("adding-numbers")).toMatchObject({
    workflow_type: "tools",
    description: "Adds",
    default_params: { system_message: "You add numbers.", max_tool_calls: 2 },
    required_tools: ["add"],
  });

  await page.goto(stage.url);
  await choose(page, "adding-numbers");
  await send(page, 'use add {"a": 1, "b": 2}');
  await expectAnswer(page, '{"sum":3}');
  expect(model.asked.at(-1)?.messages[0]?.content).toBe("You add numbers.");
  await page.getByTestId("settings").click();
  const calls = page.getByTestId("field-workflow_config.max_tool_calls");
  expect([await calls.inputValue(), await calls.isDisabled()]).toEqual(["2", true]);
  expect(await page.getByTestId("settings-sheet").innerText()).toContain(
    "The template has a prompt of its own, which is used instead.",
  );
});

test("a template that comes with Chatter is no one's to change, but a copy is", async () => {
  const { page } = stage;
  await page.getByTestId("templates").click();
  const row = page.locator('[data-name="research_assistant"]');
  await row.waitFor();
  await row.getByTestId("template-menu").click();
  expect(await row.getByRole("menuitem").allInnerTexts()).toEqual(["Make a copy", "Export"]);
  await row.getByTestId("copy-template").click();
  expect(await page.getByTestId("field-name").inputValue()).toBe("research_assistant-copy");
  await fill(page, { required_retrievers: "elsewhere" });
  await save("research_assistant-copy");
  const copy = page.locator('[data-name="research_assistant-copy"]');
  await copy.filter({ hasText: "Needs the retriever elsewhere" }).waitFor();
  // What it needs is there now.
  await pick("research_assistant-copy", "edit-template");
  await fill(page, { required_retrievers: "default" });
  await save("research_assistant-copy");
  await expect.poll(() => copy.innerText()).not.toContain("Needs");
});

test("a template is changed, and deleted after a question", async () => {
  const { page, client } = stage;
  await client.createTemplate({ name: "draft", workflow_type: "plain", description: "Old" });
  await page.getByTestId("templates").click();
  await pick("draft", "edit-template");
  expect(await page.getByTestId("field-name").count()).toBe(0);
  await fill(page, { description: "New", "default_params.memory_window": "4" });
  await save("draft");
  expect(await page.locator('[data-name="draft"]').innerText()).toContain("New");
  expect((await client.getTemplate("draft")).default_params).toEqual({ memory_window: 4 });
  await pick("draft", "delete-template");
  await page.getByTestId("delete-dialog").getByRole("button", { name: "Keep" }).click();
  await pick("draft", "delete-template");
  await page.getByTestId("confirm-delete").click();
  await page.locator('[data-name="draft"]').waitFor({ state: "detached" });
  // The button that had the focus is gone with its row.
  expect(await page.evaluate("document.activeElement.getAttribute('aria-label')")).toBe(
    "Templates",
  );
});

describe("files", () => {
  test("what is exported can be imported, also over what is there", async () => {
    const { page, client } = stage;
    await client.createTemplate({
      name: "portable",
      workflow_type: "plain",
      default_params: { system_message: "Carry me." },
    });
    await page.getByTestId("templates").click();
    const file = await download(() => pick("portable", "export-template"));
    expect(file.name).toBe("portable.json");
    await client.deleteTemplate("portable");
    await importFile(file.text);
    const outcome = page.getByTestId("import-outcome");
    await outcome.filter({ hasText: "1 template imported." }).waitFor();
    expect(await client.getTemplate("portable")).toMatchObject({
      default_params: { system_message: "Carry me." },
      version: 1,
    });

    stage.expectRefusal(409);
    await importFile(file.text.replace("Carry me.", "Carry me on."));
    const problem = page.getByTestId("import-problem");
    await problem
      .filter({ hasText: "There is a template of this name already: portable" })
      .waitFor();
    await page.getByTestId("import-replace").click();
    await outcome.filter({ hasText: "1 template imported." }).waitFor();
    expect(await client.getTemplate("portable")).toMatchObject({
      default_params: { system_message: "Carry me on." },
      version: 2,
    });
    const all = await download(() => page.getByTestId("export-all").click());
    expect(all.text).toContain('"portable"');
    expect(all.text).not.toContain('"customer_support"');
  });

  test("what is wrong with a file is said, by the names of its templates", async () => {
    const { page, client } = stage;
    await page.getByTestId("templates").click();
    await page.getByTestId("new-template").waitFor();
    await importFile("no JSON");
    const problem = page.getByTestId("import-problem");
    await problem.filter({ hasText: "There are no templates in this file" }).waitFor();
    stage.expectRefusal(422);
    const good = { name: "good", workflow_type: "plain" };
    const bad = { name: "bad", workflow_type: "plain", default_params: { memory_window: 500 } };
    await importFile(JSON.stringify({ templates: [good, bad] }));
    await problem.filter({ hasText: "“bad”" }).waitFor();
    expect(await problem.innerText()).toContain(
      "“bad” default_params.memory_window: must be at most 200",
    );
    expect(await accessibilityFaults(page)).toEqual([]);
    // All of them or none.
    expect((await client.listTemplates()).data.map(({ name }) => name)).not.toContain("good");
  });
});
