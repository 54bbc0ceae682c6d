/** What a person does with documents in the page, for its tests. */
import type { Locator, Page } from "playwright-core";
import { makePdf } from "../../src/knowledge/parse/testing/pdf-file.ts";
import { WAIT_MS } from "./drive.ts";

export interface TestFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

/** A PDF of as many pages as there are texts. */
export function pdf(name: string, pages: readonly string[]): TestFile {
  const buffer = makePdf(
    pages.map((text, index) => [
      { text: `Chapter ${index + 1}`, size: 18, y: 720 },
      ...text.split("\n").map((line, row) => ({ text: line, y: 680 - row * 16 })),
    ]),
  );
  return { name, mimeType: "application/pdf", buffer };
}

export function textFile(name: string, text: string): TestFile {
  return { name, mimeType: "text/plain", buffer: Buffer.from(text) };
}

/** Runs in the page: files as something that is dragged. */
const CARRY = `(files) => {
  const transfer = new DataTransfer();
  for (const { name, mimeType, base64 } of files) {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type: mimeType }));
  }
  return transfer;
}`;

/** Drops files onto an element, as from the desktop. */
export async function drop(target: Locator, files: readonly TestFile[]): Promise<void> {
  const given = files.map(({ name, mimeType, buffer }) => ({
    name,
    mimeType,
    base64: buffer.toString("base64"),
  }));
  const dataTransfer = await target.page().evaluateHandle(`(${CARRY})(${JSON.stringify(given)})`);
  await target.dispatchEvent("dragover", { dataTransfer });
  await target.dispatchEvent("drop", { dataTransfer });
}

/** The row of a document in the library. */
export function entry(page: Page, title: string): Locator {
  return page.getByTestId("document-entry").filter({ hasText: title });
}

/** Waits until a document is read, well or not. */
export async function settled(
  page: Page,
  title: string,
  status: "ready" | "failed" = "ready",
): Promise<Locator> {
  const row = page
    .locator(`[data-testid="document-entry"][data-status="${status}"]`)
    .filter({ hasText: title });
  await row.waitFor({ timeout: WAIT_MS });
  return row;
}

/** Opens the menu of a document in the library and picks an entry. */
export async function pickDocument(page: Page, title: string, item: string): Promise<void> {
  await entry(page, title).getByTestId("document-menu").click();
  await page.getByTestId(item).click();
}

/** The passage that is marked. */
export function marked(page: Page): Locator {
  return page.locator('[data-testid="passage"][aria-current="true"]');
}
