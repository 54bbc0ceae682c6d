/** A real Chromium for the tests of the page. It comes in a package: nothing has to be installed. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import bundled from "@sparticuz/chromium";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

/** A page, and everything that it did which a good page does not do. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors in the console, exceptions, violations of the Content-Security-Policy, in words. */
  readonly complaints: string[];
  /** Addresses on other hosts that it asked for. */
  readonly strangers: string[];
  readonly close: () => Promise<void>;
}

const MODULES = join(import.meta.dirname, "..", "..", "node_modules");

/**
 * Unpacks the browser once for this checkout and returns its path. The package itself would put it where temporary
 * files go, where another user's may be in the way and this one's would stay.
 */
async function unpack(): Promise<string> {
  const manifest = await readFile(join(MODULES, "@sparticuz", "chromium", "package.json"), "utf8");
  const { version } = JSON.parse(manifest) as { version: string };
  const place = join(MODULES, ".cache", `chromium-${version}`);
  if (!existsSync(place)) {
    await mkdir(join(MODULES, ".cache"), { recursive: true });
    const fresh = await mkdtemp(`${place}-`);
    const { TMPDIR } = process.env;
    process.env["TMPDIR"] = fresh;
    await bundled.executablePath();
    if (TMPDIR === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = TMPDIR;
    // Whole or not at all: other test files may be looking for it at the same time, or have been faster.
    await rename(fresh, place).catch(() => rm(fresh, { recursive: true }));
  }
  return join(place, "chromium");
}

/** Starts the browser; close it when the tests are done. */
export async function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env["CHATTER_CHROMIUM"] ?? (await unpack()),
    // Not the package's own arguments: they put everything in one process and switch off the very
    // rules that these tests check. Without its sandbox it also runs as root, and in a container.
    args: ["--no-sandbox", "--disable-gpu"],
    headless: true,
  });
}

/** Opens an address in a fresh profile. Requests to other hosts are recorded and refused. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 820 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  const strangers: string[] = [];
  const { origin } = new URL(url);
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await context.route(
    (address) => address.origin !== origin && /^https?:$/.test(address.protocol),
    (route) => {
      strangers.push(route.request().url());
      return route.abort();
    },
  );
  await page.goto(url);
  return { page, complaints, strangers, close: () => context.close() };
}
