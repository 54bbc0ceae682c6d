/** Documents in the page: taken in, read, searched, cited, deleted. The offline provider answers. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { startServer } from "../support/server.ts";
import { accessibilityFaults, focused } from "./accessible.ts";
import { openPage } from "./chromium.ts";
import { choose, expectAnswer, fill, rows, send } from "./drive.ts";
import {
  drop,
  entry,
  marked,
  pdf,
  pickDocument,
  settled,
  type TestFile,
  textFile,
} from "./library.ts";
import { usePageStage } from "./stage.ts";

const stage = usePageStage(() => startServer({ env: { CHATTER_URL_IMPORT: "any" } }));

const FIXTURES = join(import.meta.dirname, "../../src/knowledge/parse/fixtures");

const TOPICS = [
  "anvils",
  "bridges",
  "candles",
  "dynamos",
  "engines",
  "ferries",
  "gliders",
  "hinges",
];

/** A manual of eight pages, each about one thing, and so long that none shares a passage with another. */
function manual(name: string): TestFile {
  const pages = TOPICS.map((topic, index) => {
    const first = `The workshop keeps its ${topic} in cabinet number ${index + 11}.`;
    const others = Array.from(
      { length: 34 },
      (_, line) =>
        `Rule ${index * 34 + line}: handle all ${topic} with care, and oil them in spring.`,
    );
    return [first, ...others].join("\n");
  });
  return pdf(name, pages);
}

async function openLibrary(): Promise<void> {
  await stage.page.getByTestId("documents").click();
  await stage.page.getByTestId("library").waitFor();
}

/** Begins a chat that searches the documents. */
async function chatWithDocuments(): Promise<void> {
  await stage.page.getByTestId("new-chat").click();
  await choose(stage.page, "rag");
  await stage.page.getByTestId("scope").waitFor();
}

describe("a document comes in", () => {
  test("dropped, it is watched until it is ready; an answer cites it, and a click opens the right page", async () => {
    const { page } = stage;
    const streams: string[] = [];
    page.on("request", (request) => {
      if (/\/documents\/[^/]+\/events$/.test(request.url())) streams.push(request.url());
    });
    await openLibrary();
    await page.getByTestId("library-empty").filter({ hasText: "Nothing here yet" }).waitFor();
    await drop(page.getByTestId("library"), [manual("Wenzelsberg.pdf")]);
    await page.getByTestId("document-progress").waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);
    const row = await settled(page, "Wenzelsberg");
    expect(streams).toHaveLength(1);
    expect(await row.innerText()).toMatch(/PDF · [\d.]+ kB · 8 pages · \d+ passages · in default/);

    await chatWithDocuments();
    await send(page, "In which cabinet does the workshop keep its gliders?");
    await expectAnswer(page, "cabinet number 17");
    const address = page.url();
    const answer = rows(page, "assistant").last();
    await answer.getByTestId("sources").locator("summary").press("Enter");
    expect(await answer.getByTestId("source-link").first().innerText()).toMatch(
      /^Wenzelsberg, page 7$/,
    );
    expect(await accessibilityFaults(page)).toEqual([]);

    const cite = answer.getByTestId("cite").first();
    expect(await cite.getAttribute("aria-label")).toMatch(/^Source \d+: Wenzelsberg, page 7$/);
    await cite.click();
    const passage = marked(page).filter({ hasText: "gliders in cabinet number 17" });
    await passage.waitFor();
    expect(await passage.getAttribute("data-page")).toBe("7");
    expect(await passage.innerText()).toMatch(/^Page 7 · /);
    expect(new URL(page.url()).pathname).toMatch(/^\/documents\/doc_/);
    await expect.poll(() => page.title()).toBe("Documents · Chatter");
    expect(await accessibilityFaults(page)).toEqual([]);

    // The address leads there too, and the way back to where the conversation was.
    await page.reload();
    await passage.waitFor();
    await expect.poll(async () => (await passage.boundingBox())?.y ?? -1).toBeGreaterThan(0);
    expect((await passage.boundingBox())?.y).toBeLessThan(700);
    await page.goBack();
    await expectAnswer(page, "cabinet number 17");
    expect(page.url()).toBe(address);
    await rows(page, "assistant").last().getByTestId("cite").first().press("Enter");
    await passage.waitFor();
  });

  test("chosen by button, several at once, into a collection of their own", async () => {
    const { page } = stage;
    await openLibrary();
    await page.getByTestId("collection").fill("stables");
    await page
      .getByTestId("file-input")
      .setInputFiles([
        textFile("horses.txt", "Horses eat hay."),
        textFile("donkeys.txt", "Donkeys eat thistles."),
        textFile("mules.txt", "Mules eat both."),
      ]);
    for (const name of ["horses", "donkeys", "mules"]) await settled(page, name);
    await page.getByTestId("collection-filter").selectOption("stables");
    await expect.poll(() => page.getByTestId("document-entry").count()).toBe(3);
    expect(await entry(page, "mules").innerText()).toContain("in stables");
    // What is added while one collection is shown goes there.
    expect(await page.getByTestId("collection").inputValue()).toBe("stables");
    await page.getByTestId("collection-filter").selectOption({ label: "All" });
    await expect.poll(() => page.getByTestId("document-entry").count()).toBeGreaterThan(3);
  });

  test("pasted as a text; what is missing is said beside its field", async () => {
    const { page } = stage;
    await openLibrary();
    await page.getByTestId("add-text").click();
    await fill(page, { text: "# Owls\n\nOwls hunt at night." });
    stage.expectRefusal(422);
    await page.getByTestId("add-save").click();
    await page.getByTestId("error-title").waitFor();
    await focused(page, "field-title");
    expect(await accessibilityFaults(page)).toEqual([]);
    await fill(page, { title: "Night birds" });
    await page.getByTestId("add-save").click();
    await page.getByTestId("text-sheet").waitFor({ state: "detached" });
    await settled(page, "Night birds");
    await entry(page, "Night birds").getByRole("link").click();
    await page.getByTestId("passage").filter({ hasText: "Owls hunt at night." }).waitFor();
  });

  test("fetched from an address; its sources lead there as well", async () => {
    const { page } = stage;
    const site = createServer((_request, response) => {
      response.writeHead(200, { "content-type": "text/html" });
      response.end(
        "<title>The mill</title><h1>Mill</h1><p>The miller of Rabenau grinds spelt.</p>",
      );
    });
    await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
    try {
      const url = `http://127.0.0.1:${(site.address() as AddressInfo).port}/mill.html`;
      await openLibrary();
      await page.getByTestId("add-address").click();
      await fill(page, { url: "ftp://example.org/mill" });
      stage.expectRefusal(422);
      await page.getByTestId("add-save").click();
      await page.getByTestId("error-url").waitFor();
      await fill(page, { url });
      await page.getByTestId("add-save").click();
      await settled(page, "The mill");
      await chatWithDocuments();
      await send(page, "What does the miller of Rabenau grind?");
      await expectAnswer(page, "spelt");
      await page.getByTestId("sources").locator("summary").click();
      const source = page.getByTestId("source").filter({ hasText: "The mill" });
      const link = source.getByRole("link", { name: "127.0.0.1" });
      expect(await link.getAttribute("href")).toBe(url);
      expect(await link.getAttribute("rel")).toContain("noopener");
    } finally {
      site.close();
    }
  });

  test("one that cannot be read says why and what to do, and can be tried again", async () => {
    const { page } = stage;
    await openLibrary();
    const buffer = await readFile(join(FIXTURES, "protected.pdf"));
    const file = { name: "protected.pdf", mimeType: "application/pdf", buffer };
    await page.getByTestId("file-input").setInputFiles([file]);
    const row = await settled(page, "protected", "failed");
    const failure = row.getByTestId("document-failed");
    expect(await failure.innerText()).toContain("Could not be read.");
    expect(await failure.innerText()).toMatch(/password.*[Rr]emove/);
    const [begun] = await Promise.all([
      page.waitForResponse(/\/documents\/[^/]+\/reprocess$/),
      failure.getByRole("button", { name: "Try again" }).click(),
    ]);
    expect(begun.status()).toBe(202);
    await settled(page, "protected", "failed");
  });

  test("a file that the server does not take is told by its name, and the others come in", async () => {
    const { page } = stage;
    await openLibrary();
    await page.route(/\/api\/v1\/documents$/, async (route) => {
      const posted = route.request().postDataBuffer()?.toString("latin1") ?? "";
      if (!posted.includes('filename="huge.txt"')) return route.fallback();
      const problem = { code: "PAYLOAD_TOO_LARGE", title: "", detail: "At most 100 MB." };
      return route.fulfill({ status: 413, json: { ...problem, type: "about:blank", status: 413 } });
    });
    stage.expectRefusal(413);
    await page
      .getByTestId("file-input")
      .setInputFiles([textFile("huge.txt", "Huge."), textFile("small.txt", "Small things.")]);
    await settled(page, "small");
    const failed = page.getByTestId("upload-failed");
    expect(await failed.innerText()).toContain("“huge.txt” was not taken");
    expect(await failed.innerText()).toContain("At most 100 MB.");
    await page.unroute(/\/api\/v1\/documents$/);
    await failed.getByRole("button", { name: "Try again" }).click();
    await settled(page, "huge");
    await page.getByTestId("upload").waitFor({ state: "detached" });
  });

  test("where events do not come through, it is asked how far it is", async () => {
    const { page } = stage;
    await page.route(/\/documents\/[^/]+\/events$/, (route) =>
      route.fulfill({ status: 200, contentType: "text/html", body: "<p>A proxy." }),
    );
    await openLibrary();
    await page
      .getByTestId("file-input")
      .setInputFiles([textFile("unheard.txt", "Unheard of. ".repeat(50_000))]);
    const row = await settled(page, "unheard");
    expect(await row.innerText()).toMatch(/\d+ passages/);
  });
});

describe("a document is there", () => {
  test("all its passages can be read, page by page", async () => {
    const { page, client } = stage;
    const paragraphs = Array.from(
      { length: 450 },
      (_, index) => `## Part ${index}\n\n${`Sentence ${index} of the long text. `.repeat(30)}`,
    );
    const { data } = await client.createDocument({ title: "Long", text: paragraphs.join("\n\n") });
    const id = data[0]?.id ?? "";
    await page.goto(`${stage.url}/documents/${id}`);
    // It may be looked at while it is read.
    await page
      .getByTestId("document-facts")
      .filter({ hasText: /\d{3} passages/ })
      .waitFor();
    const { chunks } = await client.getDocument(id);
    expect(chunks).toBeGreaterThan(400);
    await expect.poll(() => page.getByTestId("passage").count()).toBe(200);
    // More come as one reads on.
    await page.getByTestId("more-passages").scrollIntoViewIfNeeded();
    await expect.poll(() => page.getByTestId("passage").count()).toBeGreaterThanOrEqual(400);

    // A passage far down is found, wherever it stands, and one that is gone is said to be.
    const all = [];
    for (let cursor: string | null = null, first = true; first || cursor !== null; first = false) {
      const next = await client.listChunks(id, { limit: 200, cursor });
      all.push(...next.data);
      cursor = next.next_cursor;
    }
    const last = all.at(-1);
    await page.goto(
      `${stage.url}/documents/${id}?passage=${last?.id}&at=${last?.start}-${last?.end}`,
    );
    const passage = marked(page).filter({ hasText: "Sentence 449" });
    await expect.poll(async () => (await passage.boundingBox())?.y ?? 9999).toBeLessThan(700);
    await page.goto(`${stage.url}/documents/${id}?passage=chk_0&at=99999998-99999999`);
    await page.getByTestId("passage-lost").waitFor();
  });

  test("it is deleted after a question, and found no more", async () => {
    const { page, client } = stage;
    await client.createDocument({ title: "Short-lived", text: "Mayflies live for a day." });
    await openLibrary();
    await settled(page, "Short-lived");
    await pickDocument(page, "Short-lived", "delete-document");
    await page.getByTestId("delete-dialog").getByRole("button", { name: "Keep" }).click();
    await entry(page, "Short-lived").waitFor();
    await pickDocument(page, "Short-lived", "delete-document");
    await page.getByTestId("confirm-delete").click();
    await entry(page, "Short-lived").waitFor({ state: "detached" });
    const { data } = await client.listDocuments({ limit: 200 });
    expect(data.map(({ title }) => title)).not.toContain("Short-lived");
  });

  test("its own page deletes it too, and an address that leads nowhere says so", async () => {
    const { page, client } = stage;
    const { data } = await client.createDocument({ title: "Gone", text: "Soon to be gone." });
    const address = `${stage.url}/documents/${data[0]?.id}`;
    await page.goto(address);
    await page.getByTestId("document-menu").click();
    await page.getByTestId("delete-document").click();
    await page.getByTestId("confirm-delete").click();
    await page.getByTestId("library").waitFor();
    stage.expectRefusal(404);
    await page.goto(address);
    const problem = page.getByTestId("document-problem");
    await problem.waitFor();
    expect(await problem.innerText()).toContain("This is not here");
  });
});

test("on a small screen, and in the dark, everything has its place", async () => {
  const small = await openPage(stage.browser, `${stage.url}/documents`, {
    viewport: { width: 390, height: 800 },
    colorScheme: "dark",
  });
  const { page } = small;
  const width = (): Promise<unknown> => page.evaluate("document.documentElement.scrollWidth");
  await page.getByTestId("document-entry").first().waitFor();
  expect(await width()).toBe(390);
  await page.getByTestId("document-entry").first().getByRole("link").click();
  await page.getByTestId("document-title").waitFor();
  expect(await width()).toBe(390);
  await page.getByTestId("place-document").getByTestId("drawer").click();
  await page.getByTestId("new-chat").click();
  await page.getByTestId("idea").first().waitFor();
  await choose(page, "rag");
  await page.getByTestId("scope").waitFor();
  expect(await width()).toBe(390);
  await small.close();
  expect(small.complaints).toEqual([]);
});

test("everything goes by keyboard alone", async () => {
  const { page, client } = stage;
  await client.createDocument({ title: "By keyboard", text: "Typed, not clicked." });
  await page.getByTestId("documents").press("Enter");
  await settled(page, "By keyboard");
  await page.keyboard.press("Shift+Tab");
  await entry(page, "By keyboard").getByRole("link").focus();
  await page.keyboard.press("Tab");
  await focused(page, "document-menu");
  await page.keyboard.press("Enter");
  await focused(page, "ask-document");
  await page.keyboard.press("ArrowUp");
  await focused(page, "delete-document");
  await page.keyboard.press("Enter");
  await page.getByTestId("delete-dialog").waitFor();
  await page.keyboard.press("Escape");
  await entry(page, "By keyboard").getByRole("link").press("Enter");
  await page.getByTestId("passage").waitFor();
  expect(await page.getByTestId("passage").innerText()).toContain("Typed, not clicked.");
});
