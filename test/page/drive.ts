/** What a person does with the page, for its tests. */
import type { Locator, Page } from "playwright-core";

export const WAIT_MS = 15_000;

/** The messages of one role, in their order. */
export function rows(page: Page, role: "user" | "assistant"): Locator {
  return page.locator(`[data-testid="message"][data-role="${role}"]`);
}

export async function send(page: Page, text: string): Promise<void> {
  await page.getByTestId("composer").fill(text);
  await page.getByTestId("composer").press("Enter");
}

/** Waits until nothing is under way and the last answer reads as it should. */
export async function expectAnswer(page: Page, text: string | RegExp): Promise<void> {
  const last = rows(page, "assistant").last();
  await last.filter({ hasText: text }).waitFor({ timeout: WAIT_MS });
  await page.getByTestId("stop").waitFor({ state: "detached", timeout: WAIT_MS });
  await last.getByTestId("regenerate").waitFor({ state: "attached", timeout: WAIT_MS });
}

export async function contentOf(row: Locator): Promise<string> {
  return (await row.getByTestId("content").innerText()).trim();
}

/** Opens the menu of a conversation in the list and picks an entry. */
export async function pick(page: Page, title: string, entry: string): Promise<void> {
  const row = page.getByTestId("conversation-row").filter({ hasText: title });
  await row.hover();
  await row.getByTestId("conversation-menu").click();
  await row.getByTestId(entry).click();
}

/** What stands in the list of conversations. */
export async function titles(page: Page): Promise<string[]> {
  const all = await page.getByTestId("conversation-row").allInnerTexts();
  return all.map((title) => title.trim());
}

/** Opens the choice of how to answer, and waits until it is known what can run. */
export async function openChoices(page: Page): Promise<void> {
  await page.getByTestId("how").click();
  await page.locator('[data-testid="choice-customer_support"]:not([aria-busy])').waitFor();
}

/** Chooses a workflow or a template beside the message field. */
export async function choose(page: Page, name: string): Promise<void> {
  await openChoices(page);
  await page.getByTestId(`choice-${name}`).click();
}

/** Opens the settings, fills some of their fields by path, and saves. */
export async function setSettings(
  page: Page,
  fields: Readonly<Record<string, string>>,
): Promise<void> {
  await page.getByTestId("settings").click();
  await fill(page, fields);
  await page.getByTestId("settings-save").click();
}

/** Fills fields by their paths. */
export async function fill(
  within: Page | Locator,
  fields: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [path, text] of Object.entries(fields)) {
    await within.getByTestId(`field-${path}`).fill(text);
  }
}

/** Keeps requests to a path from the server until the returned function is called. */
export async function hold(page: Page, path: string): Promise<() => Promise<void>> {
  const { promise, resolve } = Promise.withResolvers<void>();
  await page.route(path, async (route) => {
    await promise;
    await route.continue();
  });
  return async () => {
    resolve();
    await page.unrouteAll({ behavior: "wait" });
  };
}
