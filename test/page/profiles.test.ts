/** Profiles: named model settings, made and used in the page. */
import { expect, test } from "vitest";
import { accessibilityFaults, focused } from "./accessible.ts";
import { expectAnswer, fill, send } from "./drive.ts";
import { startServer } from "../support/server.ts";
import { usePageStage } from "./stage.ts";

const stage = usePageStage((upstream) => startServer({ upstream }));

/** Saves the open profile and waits for the list with it. */
async function save(name: string): Promise<void> {
  await stage.page.getByTestId("profile-save").click();
  await stage.page.getByTestId("profile-entry").filter({ hasText: name }).waitFor();
}

/** Chooses a profile in the settings and saves them. */
async function use(name: string): Promise<void> {
  const { page } = stage;
  await page.getByTestId("settings").click();
  await page.getByTestId("field-profile_id").selectOption({ label: name });
  await page.getByTestId("settings-save").click();
  await page.getByTestId("settings-sheet").waitFor({ state: "detached" });
}

/** Opens the menu of a profile in the list and picks an entry. */
async function pick(name: string, entry: string): Promise<void> {
  const row = stage.page.getByTestId("profile-entry").filter({ hasText: name });
  await row.getByTestId("profile-menu").click();
  await row.getByTestId(entry).click();
}

test("a profile is made and used by the next answer: model, temperature, length, prompt", async () => {
  const { page, model } = stage;
  await page.getByTestId("settings").click();
  await page.getByTestId("manage-profiles").click();
  await page.getByTestId("new-profile").click();
  await focused(page, "field-name");
  await page.getByTestId("field-provider").selectOption("openai");
  await fill(page.getByTestId("profiles-sheet"), {
    name: "Careful",
    model: "other",
    temperature: "0,3",
    max_tokens: "77",
    system_prompt: "Be exact.",
  });
  await page.getByTestId("add-fallback").click();
  await page.getByTestId("field-fallback_models.0.provider").selectOption("openai");
  await page.getByTestId("field-fallback_models.0.model").fill("stub");
  expect(await accessibilityFaults(page)).toEqual([]);
  await save("Careful");
  expect(await page.getByTestId("profile-entry").innerText()).toContain(
    "other · temperature 0.3 · at most 77 tokens · else stub",
  );
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await use("Careful");
  await expect
    .poll(() => page.getByTestId("model").locator("option").first().innerText())
    .toBe("Default: other");

  await send(page, "hello");
  await expectAnswer(page, "You said: hello");
  expect(await page.getByTestId("figures").innerText()).toMatch(/^other · /);
  expect(model.asked.at(-1)).toMatchObject({ model: "other", temperature: 0.3 });
  expect(model.asked.at(-1)?.messages[0]).toEqual({ role: "system", content: "Be exact." });

  // A model that is chosen for the message goes before the profile's, and the settings say so.
  await page.getByTestId("model").selectOption({ label: "stub" });
  await page.getByTestId("settings").click();
  const sheet = page.getByTestId("settings-sheet");
  await sheet.getByRole("button", { name: "Ask the profile’s" }).click();
  expect(await page.getByTestId("model").inputValue()).toBe("");
  expect(await sheet.innerText()).toContain("The profile “Careful” has a prompt of its own");
});

test("errors stand beside the fields of a profile, those of its fallbacks included", async () => {
  const { page } = stage;
  await page.getByTestId("profiles").click();
  await page.getByTestId("new-profile").click();
  await page.getByTestId("add-fallback").click();
  await fill(page, { name: "Wrong", temperature: "3", max_tokens: "1.5" });
  stage.expectRefusal(422);
  await page.getByTestId("profile-save").click();
  const error = (path: string): Promise<string> => page.getByTestId(`error-${path}`).innerText();
  expect(await error("temperature")).toBe("Must be at most 2.");
  expect(await error("max_tokens")).toBe("Must be a whole number.");
  expect(await error("fallback_models.0.provider")).toBe("Must have 1 to 200 characters.");
  await focused(page, "field-temperature");
  expect(await accessibilityFaults(page)).toEqual([]);
  await fill(page, { temperature: "2", max_tokens: "" });
  await page.getByRole("button", { name: "Remove fallback 1" }).click();
  await save("Wrong");
});

test("a profile is changed and deleted; a conversation that used it says so", async () => {
  const { page, client, model } = stage;
  await client.createProfile({ name: "Short-lived", system_prompt: "One." });
  await use("Short-lived");
  await send(page, "hello");
  await expectAnswer(page, "You said: hello");
  await page.getByTestId("profiles").click();
  await pick("Short-lived", "edit-profile");
  await fill(page, { system_prompt: "Two." });
  await save("Short-lived");
  await page.keyboard.press("Escape");
  await send(page, "again");
  await expectAnswer(page, "You said: again");
  expect(model.asked.at(-1)?.messages[0]).toEqual({ role: "system", content: "Two." });

  await page.getByTestId("profiles").click();
  await pick("Short-lived", "delete-profile");
  await page.getByTestId("confirm-delete").click();
  await page.getByTestId("profile-entry").filter({ hasText: "Short-lived" }).waitFor({
    state: "detached",
  });
  await page.keyboard.press("Escape");
  await expect
    .poll(() => page.getByTestId("how").getAttribute("aria-label"))
    .toBe("How to answer: Model only, cannot run now");
  await page.getByTestId("settings").click();
  const chosen = page.getByTestId("field-profile_id");
  expect(await chosen.locator("option:checked").innerText()).toBe("A profile that was deleted");
  await chosen.selectOption({ label: "No profile" });
  await page.getByTestId("settings-save").click();
  await page.getByTestId("settings-sheet").waitFor({ state: "detached" });
  await send(page, "and again");
  await expectAnswer(page, "You said: and again");
});
