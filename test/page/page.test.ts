/** The page in a real browser, on a real server. */
import { describe, expect, test } from "vitest";
import { startServer } from "../support/server.ts";
import { openPage } from "./chromium.ts";
import { contentOf, expectAnswer, pick, rows, send, titles, WAIT_MS } from "./drive.ts";
import { usePageStage } from "./stage.ts";

const stage = usePageStage((upstream) => startServer({ upstream }));

const words = (count: number): string =>
  Array.from({ length: count }, (_, i) => `word${i}`).join(" ");

describe("asking", () => {
  test("a message is answered piece by piece, and gets an address of its own", async () => {
    const { page } = stage;
    await send(page, "a long story");
    const content = rows(page, "assistant").getByTestId("content");
    await content.filter({ hasText: "word3" }).waitFor();
    expect(await content.innerText()).not.toContain("word149");
    expect(new URL(page.url()).pathname).toMatch(/^\/c\/conv_/);
    await expectAnswer(page, /word149/);
    expect(await contentOf(rows(page, "assistant"))).toBe(words(150));
    expect(await page.getByTestId("figures").innerText()).toMatch(
      /^stub · .+ · 7 tokens in, 5 out$/,
    );
    expect(await page.getByTestId("announcement").innerText()).toBe("The answer is complete.");
  });

  test("Markdown is drawn, and nothing in it runs or reaches outside", async () => {
    const { page } = stage;
    await send(page, "something rich");
    await expectAnswer(page, "A heading");
    const answer = rows(page, "assistant");
    await answer.locator("code .hljs-keyword").first().waitFor();
    expect(await answer.locator("table td").allInnerTexts()).toEqual(["1", "2"]);
    const links = answer.locator("a");
    expect(await links.allInnerTexts()).toEqual(["link", "a picture"]);
    expect(await links.first().getAttribute("rel")).toContain("noopener");
    expect(await answer.locator("img, script").count()).toBe(0);
    expect(await page.evaluate("window.broken")).toBeUndefined();
  });

  test("an answer can be stopped; what is there stays", async () => {
    const { page } = stage;
    await send(page, "a long story");
    await rows(page, "assistant").filter({ hasText: "word5" }).waitFor();
    await page.getByTestId("stop").click();
    await expectAnswer(page, "Stopped before its end");
    const kept = await contentOf(rows(page, "assistant"));
    expect(words(150).startsWith(kept)).toBe(true);
    await page.reload();
    await expectAnswer(page, "Stopped before its end");
    expect(await contentOf(rows(page, "assistant"))).toBe(kept);
  });

  test("a reload in the middle of an answer goes on where it was", async () => {
    const { page } = stage;
    await send(page, "a long story");
    for (const word of ["word4", "word40", "word80"]) {
      await rows(page, "assistant").filter({ hasText: word }).waitFor();
      await page.reload();
    }
    await expectAnswer(page, /word149/);
    expect(await contentOf(rows(page, "assistant"))).toBe(words(150));
    expect(await rows(page, "user").count()).toBe(1);
  });

  test("a message sent during an answer waits for its turn, also over a reload", async () => {
    const { page } = stage;
    await send(page, "a long story");
    await rows(page, "assistant").filter({ hasText: "word1" }).waitFor();
    await send(page, "and then this");
    await page.getByTestId("queued").filter({ hasText: "and then this" }).waitFor();
    await page.reload();
    await page.getByTestId("queued").filter({ hasText: "and then this" }).waitFor();
    await expectAnswer(page, "You said: and then this");
    expect(await rows(page, "assistant").count()).toBe(2);
    expect(await contentOf(rows(page, "assistant").first())).toBe(words(150));
  });

  test("a provider's failure is told in plain words, and trying again helps", async () => {
    const { page } = stage;
    stage.model.failures = 1;
    await send(page, "hello");
    const problem = page.getByTestId("run-problem");
    await problem.waitFor();
    expect(await problem.innerText()).toContain("The model could not answer");
    expect(await problem.innerText()).toContain("out for lunch");
    await page.reload();
    await problem.waitFor();
    await page.getByTestId("retry").click();
    await expectAnswer(page, "You said: hello");
    expect(await problem.count()).toBe(0);
  });

  test("the chosen model is asked, and remembered", async () => {
    const { page } = stage;
    await page.getByTestId("model").selectOption({ label: "other" });
    await page.reload();
    await send(page, "hello");
    await expectAnswer(page, "You said: hello");
    expect(await page.getByTestId("figures").innerText()).toMatch(/^other · /);
  });
});

describe("branches", () => {
  test("an edited message is a branch, and one can go back and forth", async () => {
    const { page } = stage;
    await send(page, "first");
    await expectAnswer(page, "You said: first");
    await send(page, "second");
    await expectAnswer(page, "You said: second");

    const first = rows(page, "user").first();
    await first.hover();
    await first.getByTestId("edit").click();
    await page.getByTestId("editor").fill("first, differently");
    await page.getByTestId("editor").press("Enter");
    await expectAnswer(page, "You said: first, differently");
    expect(await rows(page, "user").count()).toBe(1);
    expect(await first.getByTestId("branch-position").innerText()).toBe("2/2");

    await first.getByTestId("branch-previous").click();
    await expectAnswer(page, "You said: second");
    expect(await rows(page, "user").count()).toBe(2);
    await page.reload();
    await expectAnswer(page, "You said: second");
    await first.getByTestId("branch-next").click();
    await expectAnswer(page, "You said: first, differently");
  });

  test("another answer stands beside the first", async () => {
    const { page } = stage;
    await send(page, "hello");
    await expectAnswer(page, "You said: hello");
    await page.getByTestId("regenerate").click();
    const answer = rows(page, "assistant");
    const position = answer.getByTestId("branch-position");
    await expect.poll(() => position.allInnerTexts()).toEqual(["2/2"]);
    await answer.getByTestId("branch-previous").click();
    await expect.poll(() => position.allInnerTexts()).toEqual(["1/2"]);
  });

  test("a fork is a conversation of its own", async () => {
    const { page } = stage;
    await send(page, "to be forked");
    await expectAnswer(page, "You said: to be forked");
    const before = page.url();
    await page.getByTestId("fork").click();
    await page.waitForURL((url) => url.href !== before);
    await expectAnswer(page, "You said: to be forked");
    expect((await titles(page)).filter((title) => title.includes("to be forked"))).toHaveLength(2);
  });
});

describe("conversations", () => {
  test("are renamed, found, and deleted after a question", async () => {
    const { page } = stage;
    await send(page, "about zebras");
    await expectAnswer(page, "You said: about zebras");
    await pick(page, "about zebras", "rename");
    await page.getByTestId("rename-field").fill("Striped animals");
    await page.getByTestId("rename-field").press("Enter");
    await page.getByTestId("title").filter({ hasText: "Striped animals" }).waitFor();

    await page.getByTestId("search").fill("zebras");
    await expect.poll(() => titles(page)).toEqual(["Striped animals"]);

    await pick(page, "Striped animals", "delete");
    await page.getByTestId("delete-dialog").getByRole("button", { name: "Keep" }).click();
    expect(await titles(page)).toEqual(["Striped animals"]);
    await pick(page, "Striped animals", "delete");
    await page.getByTestId("confirm-delete").click();
    await expect.poll(() => titles(page)).toEqual([]);
    expect(new URL(page.url()).pathname).toBe("/");
  });

  test("a long one opens at its end; what is older comes when it is wanted, and nothing jumps", async () => {
    const { page } = stage;
    const { client } = stage;
    let id = "";
    for (let turn = 0; turn < 40; turn++) {
      const conversation = id === "" ? {} : { conversation_id: id };
      id = (await client.chat({ message: `m${turn}`, ...conversation })).conversation_id;
    }
    await page.goto(`${stage.url}/c/${id}`);
    await expectAnswer(page, "You said: m39");
    expect(await page.getByTestId("message").count()).toBe(50);
    const oldest = page.getByTestId("message").filter({ hasText: "You said: m15" });
    const scroller = page.getByTestId("scroller");
    await scroller.hover();
    await page.mouse.wheel(0, -100_000);
    await expect.poll(() => page.getByTestId("message").count()).toBe(80);
    expect(await page.getByTestId("older").count()).toBe(0);
    const top = (await oldest.boundingBox())?.y ?? -1;
    expect(top).toBeGreaterThan(0);
    expect(top).toBeLessThan(300);
  });

  test("an address that leads nowhere says so", async () => {
    const { page } = stage;
    stage.expectRefusal(404);
    await page.goto(`${stage.url}/c/conv_01ARZ3NDEKTSV4RRFFQ69G5FAV`);
    await page.getByTestId("reading-failed").waitFor();
    expect(await page.getByTestId("reading-failed").innerText()).toContain("This is not here");
  });
});

describe("looks and keys", () => {
  test("dark and light: the system's choice, or one's own", async () => {
    const { page } = stage;
    const paper = (): Promise<string> =>
      page.evaluate("getComputedStyle(document.body).backgroundColor");
    const light = await paper();
    await page.emulateMedia({ colorScheme: "dark" });
    const dark = await paper();
    expect(dark).not.toBe(light);
    await page.getByTestId("theme-light").check();
    expect(await paper()).toBe(light);
    await page.reload();
    expect(await paper()).toBe(light);
    await page.getByTestId("theme-system").check();
    expect(await paper()).toBe(dark);
  });

  test("everything goes by keyboard alone", async () => {
    const { page } = stage;
    const focused = (id: string): Promise<void> =>
      page.locator(`[data-testid="${id}"]:focus`).waitFor({ timeout: WAIT_MS });
    await focused("composer");
    await page.keyboard.type("one");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("a long two");
    await page.keyboard.press("Enter");
    await rows(page, "assistant").filter({ hasText: "word2" }).waitFor();
    await focused("composer");
    await page.keyboard.press("Escape");
    await expectAnswer(page, "Stopped before its end");
    expect(await contentOf(rows(page, "user"))).toBe("one\na long two");

    await page.keyboard.press("Control+k");
    await focused("search");
    await page.keyboard.press("Control+Shift+O");
    await expect.poll(() => new URL(page.url()).pathname).toBe("/");
    await focused("composer");

    await page.getByTestId("conversation-row").first().getByRole("link").focus();
    await page.keyboard.press("Tab");
    await focused("conversation-menu");
    await page.keyboard.press("Enter");
    await focused("rename");
    await page.keyboard.press("ArrowUp");
    await focused("delete");
    await page.keyboard.press("Escape");
    await focused("conversation-menu");
  });

  test("on a small screen the list is a drawer", async () => {
    const small = await openPage(stage.browser, stage.url, {
      viewport: { width: 390, height: 800 },
    });
    const { page } = small;
    await send(page, "from a phone");
    await expectAnswer(page, "You said: from a phone");
    const wide = await page.evaluate("document.documentElement.scrollWidth");
    expect(wide).toBe(390);
    await page.getByTestId("drawer").click();
    await page.getByTestId("new-chat").click();
    await page.getByTestId("idea").first().waitFor();
    await small.close();
    expect(small.complaints).toEqual([]);
  });

  test("reading further up is left alone, and the newest is one press away", async () => {
    const { page } = stage;
    await page.setViewportSize({ width: 800, height: 360 });
    await send(page, "a long story");
    await rows(page, "assistant").filter({ hasText: "word60" }).waitFor();
    const scroller = page.getByTestId("scroller");
    await scroller.hover();
    await page.mouse.wheel(0, -2000);
    await page.getByTestId("jump").waitFor();
    await rows(page, "assistant").filter({ hasText: "word120" }).waitFor();
    expect(await scroller.evaluate((element) => element.scrollTop)).toBeLessThan(20);
    await page.getByTestId("jump").click();
    await page.getByTestId("jump").waitFor({ state: "detached" });
    await expectAnswer(page, /word149/);
    const distance = await scroller.evaluate(
      (element) => element.scrollHeight - element.scrollTop - element.clientHeight,
    );
    expect(distance).toBeLessThan(50);
  });
});
