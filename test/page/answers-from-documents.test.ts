/** What an answer searches, chosen in the page, and what is said of it. */
import { describe, expect, test } from "vitest";
import { startServer } from "../support/server.ts";
import { accessibilityFaults, focused } from "./accessible.ts";
import { choose, expectAnswer, rows, send } from "./drive.ts";
import { pickDocument, settled } from "./library.ts";
import { usePageStage } from "./stage.ts";

const stage = usePageStage(() => startServer());

describe("what an answer searches", () => {
  test("one document alone, where that is chosen; it stays so for the conversation", async () => {
    const { page, client } = stage;
    for (const keeper of ["Ada", "Bela"]) {
      const text = `The lighthouse keeper of Norderhoog is called ${keeper}.`;
      await client.createDocument({ title: `Log of ${keeper}`, text });
    }
    await page.getByTestId("documents").click();
    await settled(page, "Log of Ada");
    await settled(page, "Log of Bela");
    await pickDocument(page, "Log of Bela", "ask-document");
    await focused(page, "composer");
    expect(await page.getByTestId("scope").getAttribute("aria-label")).toBe(
      "What to search: Log of Bela",
    );
    await send(page, "What is the lighthouse keeper of Norderhoog called?");
    await expectAnswer(page, "called Bela");
    const answer = rows(page, "assistant").last();
    expect(await answer.getByTestId("content").innerText()).not.toContain("Ada");

    await page.getByTestId("scope").click();
    const popover = page.getByTestId("scope-popover");
    await popover.getByTestId("scope-filter").fill("log of");
    await expect.poll(() => popover.getByTestId("scope-document").count()).toBe(2);
    expect(await accessibilityFaults(page)).toEqual([]);
    await popover.getByLabel("Log of Ada").check();
    await popover.getByLabel("Log of Bela").uncheck();
    await page.keyboard.press("Escape");
    await focused(page, "scope");
    await send(page, "What is the lighthouse keeper of Norderhoog called?");
    await expectAnswer(page, "called Ada");
    await page.reload();
    await page.getByTestId("scope").filter({ hasText: "Log of Ada" }).waitFor();
    await page.getByTestId("new-chat").click();
    await choose(page, "rag");
    await page.getByTestId("scope").filter({ hasText: "default" }).waitFor();
  });

  test("nothing found is said, also when the conversation is opened again", async () => {
    const { page } = stage;
    await choose(page, "rag");
    await page.getByTestId("scope").waitFor();
    await send(page, "Xylophonquarz?");
    await rows(page, "assistant").last().getByTestId("regenerate").waitFor({ state: "attached" });
    await page.getByTestId("nothing-found").waitFor();
    await page.reload();
    await page.getByTestId("nothing-found").waitFor();
    expect(await page.getByTestId("nothing-found").innerText()).toBe(
      "Nothing was found in the documents. Searched by words.",
    );
  });

  test("nobody is asked what to search where nothing is", async () => {
    const { page } = stage;
    await send(page, "hello");
    await rows(page, "assistant").last().getByTestId("regenerate").waitFor({ state: "attached" });
    expect(await page.getByTestId("scope").count()).toBe(0);
    expect(await page.getByTestId("sources").count()).toBe(0);
  });
});
