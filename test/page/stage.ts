/** What the suites of the page stand on: a browser, a model, a server, and a fresh page for each test. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { type Client, createClient } from "../../src/client/index.ts";
import { ensureBuilt } from "./built.ts";
import { launchChromium, openPage, type WatchedPage } from "./chromium.ts";
import { startModel, type TestModel } from "./model.ts";

export interface PageStage {
  readonly browser: Browser;
  readonly model: TestModel;
  readonly url: string;
  readonly page: Page;
  /** The same server without the page. */
  readonly client: Client;
  /** The browser reports refusals of the server as errors; here this status is what the test wants. */
  readonly expectRefusal: (status: number) => void;
}

/**
 * Sets the stage around the tests of a suite. Whatever a test does: no error, no violation of the policy, and no
 * request to another host.
 */
export function usePageStage(
  start: (upstream: string) => Promise<{ url: string; stop: () => Promise<void> }>,
): PageStage {
  let browser: Browser;
  let model: TestModel;
  let server: Awaited<ReturnType<typeof start>>;
  let watched: WatchedPage;
  let refusals: string[] = [];

  beforeAll(async () => {
    await ensureBuilt();
    [browser, model] = await Promise.all([launchChromium(), startModel()]);
    server = await start(model.url);
  });
  afterAll(async () => {
    await browser.close();
    await Promise.all([server.stop(), model.stop()]);
  });
  beforeEach(async () => {
    refusals = [];
    watched = await openPage(browser, server.url);
  });
  afterEach(async () => {
    await watched.close();
    const complaints = watched.complaints.filter(
      (complaint) => !refusals.some((refusal) => complaint.includes(refusal)),
    );
    if (complaints.length + watched.strangers.length > 0) {
      throw new Error(["The page misbehaved:", ...complaints, ...watched.strangers].join("\n"));
    }
  });
  return {
    get browser() {
      return browser;
    },
    get model() {
      return model;
    },
    get url() {
      return server.url;
    },
    get page() {
      return watched.page;
    },
    get client() {
      return createClient({ baseUrl: server.url });
    },
    expectRefusal: (status) => refusals.push(`responded with a status of ${status}`),
  };
}
