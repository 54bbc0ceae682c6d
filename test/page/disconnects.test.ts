/** Two hundred lost connections in a real browser: what it shows at the end is whole, and nothing twice. */
import { createServer, connect, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startServer, type TestServer } from "../support/server.ts";
import { ensureBuilt } from "./built.ts";
import { launchChromium, openPage } from "./chromium.ts";
import { contentOf, rows, send } from "./drive.ts";
import { startModel, type TestModel } from "./model.ts";

const CUTS = 200;
const PAGES = 5;
const LONGEST_LIFE_MS = 250;
const TIMEOUT_MS = 180_000;

/** The header of a stream. The page's own script names the media type as well, and must not be cut off. */
const EVENTS = /^content-type: text\/event-stream/im;

/** Passes bytes on to a server, and cuts connections that carry events at a random moment. */
async function startCuttingProxy(target: URL): Promise<{
  url: string;
  cuts: () => number;
  stop: () => Promise<void>;
}> {
  let cuts = 0;
  const open = new Set<Socket>();
  const proxy = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    let doomed = false;
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        open.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on("data", (bytes) => upstream.write(bytes));
    upstream.on("data", (bytes) => {
      client.write(bytes);
      if (doomed || cuts >= CUTS || !EVENTS.test(bytes.toString("latin1"))) return;
      doomed = true;
      setTimeout(() => {
        // An answer that is over has nothing left to lose.
        if (cuts >= CUTS || client.destroyed) return;
        cuts++;
        client.destroy();
      }, Math.random() * LONGEST_LIFE_MS);
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    cuts: () => cuts,
    stop: () =>
      new Promise((resolve) => {
        proxy.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/**
 * Runs in the page: looks at every state of a growing answer, and keeps those that are no beginning of the whole.
 * The finished answer alone would prove little, as it comes from the store.
 */
const WATCH_ANSWER = `(whole) => {
  const seen = (window.seen = { states: 0, wrong: [] });
  new MutationObserver(() => {
    const content = document.querySelector('[data-status="live"] [data-testid="content"]');
    const text = content?.textContent.trim();
    if (!text) return;
    seen.states++;
    if (!whole.startsWith(text)) seen.wrong.push(text);
  }).observe(document.body, { childList: true, characterData: true, subtree: true });
}`;

let browser: Browser;
let model: TestModel;
let server: TestServer;

beforeAll(async () => {
  await ensureBuilt();
  [browser, model] = await Promise.all([launchChromium(), startModel()]);
  server = await startServer({ upstream: model.url });
});

afterAll(async () => {
  await browser.close();
  await Promise.all([server.stop(), model.stop()]);
});

test("nothing is lost and nothing doubled", { timeout: TIMEOUT_MS }, async () => {
  const proxy = await startCuttingProxy(new URL(server.url));
  const whole = Array.from({ length: 1000 }, (_, i) => `word${i}`).join(" ");
  const read = async (
    index: number,
  ): Promise<{ text: string; states: number; wrong: string[] }> => {
    const { page, close } = await openPage(browser, proxy.url);
    await page.evaluate(`(${WATCH_ANSWER})(${JSON.stringify(whole)})`);
    await send(page, `story ${index} of 1000 words`);
    await rows(page, "assistant").getByTestId("regenerate").waitFor({
      state: "attached",
      timeout: TIMEOUT_MS,
    });
    const text = await contentOf(rows(page, "assistant"));
    const seen = await page.evaluate<{ states: number; wrong: string[] }>("window.seen");
    await close();
    return { text, ...seen };
  };
  const answers = await Promise.all(Array.from({ length: PAGES }, (_, index) => read(index)));
  await proxy.stop();
  expect(proxy.cuts()).toBe(CUTS);
  for (const { text, states, wrong } of answers) {
    expect(wrong).toEqual([]);
    expect(states).toBeGreaterThan(50);
    expect(text).toBe(whole);
  }
});
