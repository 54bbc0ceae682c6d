/** The tools and their servers in the page: seen, tried, added, authorized, switched, deleted. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import {
  type GuardedServer,
  startGuardedServer,
} from "../../src/tools/servers/testing/guarded-server.ts";
import { defineTool } from "../../src/workflow/tools.ts";
import { accessibilityFaults, focused } from "./accessible.ts";
import { choose, expectAnswer, fill, send, WAIT_MS } from "./drive.ts";
import { usePageStage } from "./stage.ts";
import { startToolServer } from "./tool-server.ts";

/** What the tools were called with. */
const called: unknown[] = [];

const book = defineTool({
  name: "book",
  description: "Books a table",
  effect: "outside",
  parameters: z.object({
    place: z.string().describe("The name of the restaurant"),
    guests: z.int(),
    outside: z.boolean().optional(),
    meal: z.enum(["lunch", "dinner"]).optional(),
    wishes: z.array(z.string()).optional(),
  }),
  execute: (wish) => {
    called.push(wish);
    return { booked: wish.place, guests: wish.guests };
  },
});

const tick = defineTool({
  name: "tick",
  description: "Says tock",
  effect: "read",
  trusted: true,
  parameters: z.object({}),
  execute: () => "tock",
});

const stage = usePageStage((upstream) =>
  startToolServer(upstream, [book, tick], { CHATTER_TOOL_SERVERS: "any" }),
);

let guarded: GuardedServer;
beforeAll(async () => {
  guarded = await startGuardedServer();
});
afterEach(async () => {
  const { client } = stage;
  for (const { name } of (await client.listToolServers()).data) await client.deleteToolServer(name);
});
afterAll(() => guarded[Symbol.asyncDispose]());

async function openTools(): Promise<void> {
  await stage.page.getByTestId("tools").click();
  await tool("tick").waitFor();
}

function tool(name: string) {
  return stage.page.locator(`[data-testid="tool-entry"][data-name="${name}"]`);
}

function server(status?: string) {
  const wanted = status === undefined ? "" : `[data-status="${status}"]`;
  return stage.page.locator(`[data-testid="server-entry"][data-name="echoes"]${wanted}`);
}

async function tryTool(name: string): Promise<void> {
  await openTools();
  await tool(name).getByTestId("try-tool").click();
  await stage.page.getByTestId("try-sheet").waitFor();
}

async function pick(item: string): Promise<void> {
  await server().getByTestId("server-menu").click();
  await stage.page.getByTestId(item).click();
}

describe("the list", () => {
  test("says what each tool may do and where it comes from, and can be searched", async () => {
    const { page } = stage;
    await openTools();
    expect(new URL(page.url()).pathname).toBe("/tools");
    expect(await page.title()).toBe("Tools · Chatter");
    expect(await tool("book").innerText()).toContain("Reaches beyond this server");
    expect(await tool("tick").innerText()).toContain("Only reads · nobody is asked");
    const groups = await page.getByTestId("tool-group").locator("h2").allInnerTexts();
    expect(groups).toEqual(["Built in", "From the configuration"]);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByTestId("find-tool").fill("TABLE books");
    await tool("tick").waitFor({ state: "detached" });
    expect(await page.getByTestId("tool-entry").count()).toBe(1);
    await page.getByTestId("find-tool").fill("no such thing");
    await page.getByTestId("no-tools").waitFor();
    await page.reload();
    await tool("tick").waitFor();
  });
});

describe("trying a tool", () => {
  test("takes what its parameters are, by keyboard alone, and shows what it gives", async () => {
    const { page } = stage;
    await openTools();
    await tool("book").getByTestId("try-tool").press("Enter");
    const sheet = page.getByTestId("try-sheet");
    await sheet.waitFor();
    expect(await sheet.innerText()).toContain("Calling it here does it");
    expect(await sheet.innerText()).toContain("The name of the restaurant");
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.getByTestId("field-arguments.place").focus();
    await page.keyboard.type("The Swan");
    await page.keyboard.press("Tab");
    await page.keyboard.type("many");
    await page.keyboard.press("Enter");
    await focused(page, "field-arguments.guests");
    expect(await page.getByTestId("error-arguments.guests").innerText()).toBe("Must be a number.");
    await fill(sheet, { "arguments.guests": "4", "arguments.wishes": "quiet" });
    await sheet.getByTestId("field-arguments.outside").selectOption("Yes");
    await sheet.getByTestId("field-arguments.meal").selectOption("dinner");
    await page.getByTestId("call-tool").press("Enter");
    await focused(page, "field-arguments.wishes");
    expect(await page.getByTestId("error-arguments.wishes").innerText()).toMatch(/^Is not JSON/);
    expect(called).toEqual([]);
    await fill(sheet, { "arguments.wishes": '["quiet"]' });
    await page.getByTestId("call-tool").press("Enter");
    const answer = sheet.getByTestId("tool-outcome");
    await answer.waitFor();
    expect(called).toEqual([
      { place: "The Swan", guests: 4, outside: true, meal: "dinner", wishes: ["quiet"] },
    ]);
    expect(await answer.innerText()).toContain('{ "booked": "The Swan", "guests": 4 }');
    expect(await answer.getByTestId("untrusted").isVisible()).toBe(true);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await sheet.waitFor({ state: "detached" });
    await focused(page, "try-tool");
  });

  test("takes arguments as JSON, and shows what the tool says against them", async () => {
    const { page } = stage;
    await tryTool("book");
    await fill(page, { "arguments.place": "The Swan" });
    await page.getByTestId("write-arguments").click();
    expect(await page.getByTestId("field-arguments").inputValue()).toContain('"place": "The Swan"');
    await fill(page, { arguments: '{ "place": "The Swan", "guests": "four" }' });
    await page.getByTestId("call-tool").click();
    const answer = page.getByTestId("tool-outcome");
    await answer.filter({ hasText: "guests" }).waitFor();
    expect(await answer.locator("h3").innerText()).toMatch(/^failed/i);
  });

  test("one without parameters is called at once", async () => {
    const { page } = stage;
    await tryTool("tick");
    await page.getByTestId("call-tool").click();
    await page.getByTestId("tool-outcome").filter({ hasText: "tock" }).waitFor();
    expect(await page.getByTestId("untrusted").count()).toBe(0);
  });
});

describe("tool servers", () => {
  test("one is added with a key, its tools are called, it is switched off, changed and deleted", async () => {
    const { page, client } = stage;
    guarded.apiKey = "secret-key";
    await openTools();
    await page.getByTestId("no-servers").waitFor();
    await page.getByTestId("new-server").click();
    await focused(page, "field-name");
    stage.expectRefusal(422);
    const sheet = page.getByTestId("server-sheet");
    await fill(sheet, { name: "Not good", url: "ftp://x", headers: "no colon" });
    await page.getByTestId("server-save").click();
    expect(await page.getByTestId("error-headers").innerText()).toMatch(/^Line 1 must be a name/);
    await fill(sheet, { headers: "X-Api-Key: secret-key" });
    await page.getByTestId("server-save").click();
    await page.getByTestId("error-name").waitFor();
    expect(await page.getByTestId("error-url").innerText()).toContain("https://");
    expect(await accessibilityFaults(page)).toEqual([]);
    await fill(sheet, { name: "echoes", url: guarded.url });
    await sheet.getByTestId("field-effect").selectOption("read");
    await page.getByTestId("server-save").click();
    await sheet.waitFor({ state: "detached" });
    await server().waitFor();
    await pick("connect");
    await server("connected").filter({ hasText: "1 tool" }).waitFor({ timeout: WAIT_MS });
    await tool("echoes__echo").waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);

    await page.getByTestId("new-chat").click();
    await choose(page, "tools");
    await send(page, 'use echoes__echo {"text": "zebra"}');
    await expectAnswer(page, "echo: zebra");

    await openTools();
    await pick("edit-server");
    expect(await sheet.innerText()).toContain("Empty: X-Api-Key, as it is");
    await sheet.getByTestId("field-effect").selectOption("outside");
    await page.getByTestId("server-save").click();
    await tool("echoes__echo").filter({ hasText: "Reaches beyond this server" }).waitFor();
    await pick("toggle-server");
    await server("disabled").waitFor();
    await tool("echoes__echo").waitFor({ state: "detached" });
    await pick("delete-server");
    await page.getByTestId("confirm-delete").click();
    await server().waitFor({ state: "detached" });
    expect((await client.listToolServers()).data).toEqual([]);
  });

  test("one that is not reached says why, and is reached again on request", async () => {
    const { client } = stage;
    guarded.apiKey = "another-key";
    await client.createToolServer({
      name: "echoes",
      url: guarded.url,
      headers: { "x-api-key": "wrong" },
    });
    await openTools();
    await pick("connect");
    await server().getByTestId("server-error").waitFor({ timeout: WAIT_MS });
    guarded.apiKey = "wrong";
    await pick("connect");
    await server("connected").waitFor({ timeout: WAIT_MS });
    expect(await server().getByTestId("server-error").count()).toBe(0);
  });

  test("one that asks for it is authorized in a window of its own", async () => {
    const { page } = stage;
    guarded.apiKey = null;
    await openTools();
    await page.getByTestId("new-server").click();
    const sheet = page.getByTestId("server-sheet");
    await fill(sheet, { name: "echoes", url: guarded.url });
    await sheet.getByTestId("field-oauth").selectOption("authorization_code");
    await page.getByTestId("server-save").click();
    await sheet.waitFor({ state: "detached" });
    await pick("connect");
    await server("unauthorized").waitFor({ timeout: WAIT_MS });
    await pick("authorize");
    const link = page.getByTestId("authorize-link");
    await link.waitFor({ timeout: WAIT_MS });
    expect(await accessibilityFaults(page)).toEqual([]);
    expect(await link.getAttribute("target")).toBe("_blank");
    expect(await link.getAttribute("rel")).toBe("noopener noreferrer");
    // The person agrees at once, in the other window.
    const back = await fetch((await link.getAttribute("href")) ?? "");
    expect(await back.text()).toContain("Authorized");
    await page.keyboard.press("Escape");
    await server().filter({ hasNotText: "Needs authorization" }).waitFor({ timeout: WAIT_MS });
    await pick("connect");
    await server("connected").waitFor({ timeout: WAIT_MS });
  });
});
