/** Retrievers in the page: seen, made, changed, tried. */
import { beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../support/api.ts";
import { startServer } from "../support/server.ts";
import { accessibilityFaults, focused } from "./accessible.ts";
import { choose, expectAnswer, fill, send } from "./drive.ts";
import { entry, marked, settled } from "./library.ts";
import { usePageStage } from "./stage.ts";

const stage = usePageStage(() => startServer());

beforeAll(async () => {
  const { client } = stage;
  const texts = {
    "Storks of Ostrau": "The storks of Ostrau nest on the chimney of the old brewery.",
    "Trout of Ostrau": "The trout of Ostrau hide below the bridge of the old brewery.",
  };
  for (const [title, text] of Object.entries(texts)) {
    await client.createDocument({ title, text, collection: "animals" });
  }
  await eventually("the reading of the documents", async () => {
    const { data } = await client.listDocuments({ status: "ready" });
    return data.length === 2;
  });
});

async function openRetrievers(): Promise<void> {
  await stage.page.getByTestId("documents").click();
  await stage.page.getByRole("link", { name: "Retrievers" }).click();
  await row("default").waitFor();
}

function row(name: string) {
  return stage.page.locator(`[data-testid="retriever-entry"][data-name="${name}"]`);
}

async function pick(name: string, item: string): Promise<void> {
  await row(name).getByTestId("retriever-menu").click();
  await stage.page.getByTestId(item).click();
}

async function search(query: string): Promise<void> {
  const { page } = stage;
  await page.getByTestId("try-query").fill(query);
  await page.getByTestId("try-query").press("Enter");
  await page.getByTestId("try-outcome").waitFor();
}

describe("the list", () => {
  test("says what each finds; an empty one says what to do, and leads there", async () => {
    const { page } = stage;
    await openRetrievers();
    expect(await row("default").innerText()).toContain("Finds 2 documents");
    const empty = row("support_docs").getByTestId("retriever-empty");
    expect(await empty.innerText()).toMatch(/Empty, so it finds nothing\. Add documents to “/);
    // Said once for all of them.
    expect(await page.getByTestId("lexical-only").count()).toBe(1);
    expect(await accessibilityFaults(page)).toEqual([]);
    await empty.getByRole("link").click();
    await page.getByTestId("library-empty").waitFor();
    const collection = await page.getByTestId("collection").inputValue();
    await page
      .getByTestId("file-input")
      .setInputFiles([
        { name: "help.txt", mimeType: "text/plain", buffer: Buffer.from("Turn it off and on.") },
      ]);
    await settled(page, "help");
    expect(await entry(page, "help").innerText()).toContain(`in ${collection}`);
    await page.getByRole("link", { name: "Retrievers" }).click();
    await row("support_docs").filter({ hasText: "Finds 1 document" }).waitFor();
  });

  test("built-in ones stay as they are, and can be copied", async () => {
    const { page } = stage;
    await openRetrievers();
    await row("default").getByTestId("retriever-menu").click();
    expect(await page.getByTestId("edit-retriever").count()).toBe(0);
    expect(await page.getByTestId("delete-retriever").count()).toBe(0);
    await page.getByTestId("copy-retriever").click();
    await page.getByTestId("retriever-save").click();
    await row("default-copy").waitFor();
  });
});

test("one is made, used by a chat, changed and deleted", async () => {
  const { page, client } = stage;
  await openRetrievers();
  await page.getByTestId("new-retriever").click();
  await focused(page, "field-name");
  const sheet = page.getByTestId("retriever-sheet");
  await fill(sheet, {
    name: "Not good",
    collections: "animals",
    max_documents: "99",
  });
  stage.expectRefusal(422);
  await page.getByTestId("retriever-save").click();
  await page.getByTestId("error-name").waitFor();
  expect(await page.getByTestId("error-max_documents").innerText()).toBe("Must be at most 50.");
  expect(await accessibilityFaults(page)).toEqual([]);
  await fill(sheet, { name: "wildlife", max_documents: "1", description: "Birds and fish" });
  await sheet.getByTestId("field-mode").selectOption("lexical");
  await page.getByTestId("retriever-save").click();
  await row("wildlife").waitFor();
  expect(await row("wildlife").innerText()).toContain("animals · by words · at most 1 passage");
  expect(await client.getRetriever("wildlife")).toMatchObject({
    collections: ["animals"],
    mode: "lexical",
    max_documents: 1,
    version: 1,
  });

  await page.getByTestId("new-chat").click();
  await choose(page, "rag");
  await page.getByTestId("scope").click();
  await page.getByTestId("scope-retriever").selectOption("wildlife");
  await page.keyboard.press("Escape");
  await page.getByTestId("scope").filter({ hasText: "wildlife" }).waitFor();
  await send(page, "Where do the storks of Ostrau nest?");
  await expectAnswer(page, "on the chimney");
  const { data: runs } = await client.listRuns({ limit: 1 });
  expect(runs[0]?.plan.retrieval?.retriever).toBe("wildlife");

  await page.getByTestId("documents").click();
  await page.getByRole("link", { name: "Retrievers" }).click();
  await pick("wildlife", "edit-retriever");
  await fill(sheet, { max_documents: "2" });
  await page.getByTestId("retriever-save").click();
  await row("wildlife").filter({ hasText: "at most 2 passages" }).waitFor();
  await pick("wildlife", "delete-retriever");
  await page.getByTestId("confirm-delete").click();
  await row("wildlife").waitFor({ state: "detached" });
});

describe("trying one", () => {
  test("shows what it finds, best first, with scores; a click opens the passage", async () => {
    const { page } = stage;
    await openRetrievers();
    await pick("default", "try-retriever");
    await focused(page, "try-query");
    await search("storks on the chimney");
    const hits = page.getByTestId("hit");
    expect(await hits.first().innerText()).toMatch(/^Storks of Ostrau\s+[\d.]+/);
    const scores = (await page.locator(".hit-score").allInnerTexts()).map(Number);
    expect(scores).toEqual(scores.toSorted((one, other) => other - one));
    expect(await page.getByTestId("try-notes").innerText()).toBe("Searched by words.");
    expect(await accessibilityFaults(page)).toEqual([]);
    await hits.first().getByRole("link").click();
    await marked(page).filter({ hasText: "nest on the chimney" }).waitFor();
  });

  test("takes a number and a similarity, and says where that could not be applied", async () => {
    const { page } = stage;
    await openRetrievers();
    await fill(page, { max_documents: "1", similarity_threshold: "0,4" });
    await search("old brewery of Ostrau");
    expect(await page.getByTestId("hit").count()).toBe(1);
    expect(await page.getByTestId("try-notes").innerText()).toContain(
      "The similarity could not be applied",
    );
  });

  test("says that nothing was found, and what was wrong with the question", async () => {
    const { page } = stage;
    await openRetrievers();
    await search("Xylophonquarz");
    await page.getByTestId("nothing-found").waitFor();
    stage.expectRefusal(422);
    await fill(page, { max_documents: "0" });
    await page.getByTestId("try-search").click();
    expect(await page.getByTestId("error-max_documents").innerText()).toBe("Must be at least 1.");
    await focused(page, "field-max_documents");
  });

  test("one that is empty finds nothing, and by meaning needs what is not there", async () => {
    const { page } = stage;
    await openRetrievers();
    await page.getByTestId("field-retriever").selectOption("research_docs");
    await search("storks");
    await page.getByTestId("nothing-found").waitFor();
    await page.getByTestId("field-retriever").selectOption("default");
    await page.getByTestId("field-mode").selectOption("vector");
    stage.expectRefusal(422);
    await page.getByTestId("try-search").click();
    await expect.poll(() => page.getByTestId("retrievers").innerText()).toMatch(/embedding/i);
  });
});
