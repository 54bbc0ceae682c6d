/** The page when the server goes away, or asks for a key. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "../support/server.ts";
import { ensureBuilt } from "./built.ts";
import { launchChromium, openPage } from "./chromium.ts";
import { contentOf, expectAnswer, rows, send, WAIT_MS } from "./drive.ts";
import { startModel, type TestModel } from "./model.ts";

let browser: Browser;
let model: TestModel;

beforeAll(async () => {
  await ensureBuilt();
  [browser, model] = await Promise.all([launchChromium(), startModel()]);
});

afterAll(async () => {
  await browser.close();
  await model.stop();
});

test("a crash in the middle of an answer: the page says so, waits, and shows all of it", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "chatter-page-"));
  const first = await startServer({ upstream: model.url, dataDir });
  const { page, close } = await openPage(browser, first.url);
  await send(page, "a long story");
  await rows(page, "assistant").filter({ hasText: "word30" }).waitFor();
  await first.kill();
  await page.getByTestId("offline").waitFor({ timeout: WAIT_MS });

  const { port } = new URL(first.url);
  const second = await startServer({ upstream: model.url, dataDir, env: { CHATTER_PORT: port } });
  await page.getByTestId("offline").waitFor({ state: "detached", timeout: WAIT_MS });
  await expectAnswer(page, /word149/);
  const text = Array.from({ length: 150 }, (_, i) => `word${i}`).join(" ");
  expect(await contentOf(rows(page, "assistant"))).toBe(text);
  expect(await rows(page, "assistant").count()).toBe(1);
  await close();
  await second.stop();
  await rm(dataDir, { recursive: true, force: true });
});

test("a message that could not be sent goes back to where it was written", async () => {
  const server = await startServer({ upstream: model.url });
  const { page, close } = await openPage(browser, server.url);
  await page.getByTestId("composer").waitFor();
  await server.kill();
  await send(page, "hello?");
  await page.getByTestId("action-problem").waitFor({ timeout: WAIT_MS });
  expect(await page.getByTestId("composer").inputValue()).toBe("hello?");
  await close();
});

test("a server that asks for a key: a wrong one is refused, the right one opens, signing out closes", async () => {
  const key = "a-key-for-the-tests-of-the-page-0123456789";
  const env = { CHATTER_AUTH: "required", CHATTER_BOOTSTRAP_KEY: key };
  const server = await startServer({ upstream: model.url, env });
  const { page, close } = await openPage(browser, server.url);
  await page.getByTestId("key").fill("wrong");
  await page.getByTestId("sign-in").click();
  await page.getByTestId("key-problem").waitFor();
  await page.getByTestId("key").fill(key);
  await page.getByTestId("sign-in").click();
  await send(page, "hello");
  await expectAnswer(page, "You said: hello");
  await page.reload();
  await expectAnswer(page, "You said: hello");
  await page.getByTestId("sign-out").click();
  await page.getByTestId("key-prompt").waitFor();
  expect(await page.content()).not.toContain("You said: hello");
  await close();
  await server.stop();
});
