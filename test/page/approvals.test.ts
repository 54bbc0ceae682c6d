/** Calls that wait for a person: decided in the conversation, by mouse and by keyboard, here and elsewhere. */
import { beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { defineTool } from "../../src/workflow/tools.ts";
import { accessibilityFaults, descriptionOf, focused } from "./accessible.ts";
import { openPage } from "./chromium.ts";
import { choose, expectAnswer, rows, send, WAIT_MS } from "./drive.ts";
import { usePageStage } from "./stage.ts";
import { startToolServer } from "./tool-server.ts";

/** What was really sent. */
const sent: { to: string }[] = [];

const mail = defineTool({
  name: "mail",
  description: "Sends a letter",
  effect: "outside",
  approval: "always",
  trusted: true,
  parameters: z.object({ to: z.string(), copies: z.int().optional() }),
  execute: (letter) => {
    sent.push(letter);
    return `sent to ${letter.to}`;
  },
});

const stage = usePageStage((upstream) => startToolServer(upstream, [mail]));

beforeEach(() => {
  sent.length = 0;
});

function card() {
  return stage.page.getByTestId("approval");
}

/** Asks for a letter, and waits until a person is asked. */
async function askFor(text = 'use mail {"to": "Ada"}'): Promise<void> {
  const { page } = stage;
  await choose(page, "tools");
  await send(page, text);
  await card().first().waitFor({ timeout: WAIT_MS });
}

/** The heading of the only call: name and status. */
async function outcome(): Promise<string> {
  const summary = stage.page.getByTestId("tool-call").locator("summary");
  return (await summary.innerText()).replaceAll(/\s+/g, " ").trim();
}

describe("a call that waits", () => {
  test("says what it would do and until when; approved, it does it once, and what was queued is answered next", async () => {
    const { page } = stage;
    await askFor();
    expect(await card().innerText()).toMatch(/^mail\s+waits for your approval/);
    await page.getByTestId("approval-effect").filter({ hasText: "beyond this server" }).waitFor();
    expect(await page.getByTestId("approval-time").innerText()).toMatch(/^\d+ (minutes|hours?) to/);
    expect(await page.getByTestId("approval-arguments").innerText()).toBe('{ "to": "Ada" }');
    expect(await page.getByTestId("activity").innerText()).toContain("Waiting for approval");
    expect(await page.getByTestId("announcement").innerText()).toBe(
      "mail waits for your approval.",
    );
    expect(await accessibilityFaults(page)).toEqual([]);
    await send(page, "and then this");
    await page.getByTestId("queued").waitFor();
    expect(sent).toEqual([]);

    await page.getByTestId("approve").click();
    await expectAnswer(page, "You said: and then this");
    expect(sent).toEqual([{ to: "Ada" }]);
    expect(await card().count()).toBe(0);
    expect(await outcome()).toMatch(/^mail done/);
    expect(await rows(page, "assistant").first().innerText()).toContain(
      "The tools said: sent to Ada",
    );
  });

  test("is denied with a reason, which the model is told", async () => {
    const { page } = stage;
    await askFor();
    await page.getByTestId("deny-first").click();
    await focused(page, "field-reason");
    await page.getByTestId("field-reason").fill("Not on a Sunday");
    await page.getByTestId("deny").click();
    await expectAnswer(page, "Not on a Sunday");
    expect(await outcome()).toMatch(/^mail not allowed/);
    expect(sent).toEqual([]);
  });

  test("goes with the run when that is stopped", async () => {
    const { page } = stage;
    await askFor();
    await page.getByTestId("stop").click();
    await page.getByTestId("stop").waitFor({ state: "detached" });
    await card().waitFor({ state: "detached" });
    expect(sent).toEqual([]);
    await page.reload();
    await rows(page, "user").first().waitFor();
    expect(await card().count()).toBe(0);
  });
});

describe("by keyboard alone", () => {
  test("arguments are changed, what is wrong with them is said beside them, and the tool gets the right ones", async () => {
    const { page } = stage;
    await askFor();
    await page.getByTestId("edit-arguments").focus();
    await page.keyboard.press("Enter");
    await focused(page, "field-arguments");
    expect(await page.getByTestId("field-arguments").inputValue()).toBe('{\n  "to": "Ada"\n}');
    // Escape takes one step back, and does not stop the answer.
    await page.keyboard.press("Escape");
    await focused(page, "approve");
    await page.getByTestId("edit-arguments").press("Enter");

    await page.getByTestId("field-arguments").fill('{ "to": ');
    await page.getByTestId("approve").press("Enter");
    await focused(page, "field-arguments");
    expect(await page.getByTestId("error-arguments").innerText()).toMatch(/^Is not JSON/);
    expect(await descriptionOf(page, "field-arguments")).toContain("Is not JSON");
    expect(await accessibilityFaults(page)).toEqual([]);

    stage.expectRefusal(422);
    await page.getByTestId("field-arguments").fill('{ "to": 7 }');
    await page.getByTestId("approve").press("Enter");
    await page.getByTestId("error-arguments").filter({ hasText: "“to”" }).waitFor();
    expect(sent).toEqual([]);

    await page.getByTestId("field-arguments").fill('{ "to": "Grace", "copies": 2 }');
    await page.getByTestId("approve").press("Enter");
    await expectAnswer(page, "sent to Grace");
    expect(sent).toEqual([{ to: "Grace", copies: 2 }]);
    // What had the focus is gone; it is in the answer that it stood in.
    expect(await page.evaluate("document.activeElement.getAttribute('aria-label')")).toBe("Answer");
  });

  test("a call is approved with three keys, and denied with a few more", async () => {
    const { page } = stage;
    await askFor();
    await page.getByTestId("approve").focus();
    await page.keyboard.press("Tab");
    await focused(page, "deny-first");
    await page.keyboard.press("Enter");
    await focused(page, "field-reason");
    await page.keyboard.press("Enter");
    await expectAnswer(page, "a person denied it");
    await send(page, 'use mail {"to": "Ada"}');
    await card().waitFor();
    await page.getByTestId("approve").focus();
    await page.keyboard.press("Enter");
    await expectAnswer(page, "sent to Ada");
    expect(sent).toEqual([{ to: "Ada" }]);
  });
});

describe("elsewhere", () => {
  test("it waits after a reload and on another device, and who is not asked first sees what was decided", async () => {
    const { page, browser } = stage;
    await askFor();
    await page.reload();
    await card().waitFor();
    const other = await openPage(browser, page.url());
    await other.page.getByTestId("approval").waitFor();
    await other.page.getByTestId("approve").click();
    await expectAnswer(other.page, "sent to Ada");
    await expectAnswer(page, "sent to Ada");
    expect(await card().count()).toBe(0);
    expect(await outcome()).toMatch(/^mail done/);
    expect(sent).toEqual([{ to: "Ada" }]);
    await other.close();
    expect(other.complaints).toEqual([]);
  });

  test("of two calls one is decided: that holds everywhere, and the other is still asked about", async () => {
    const { page } = stage;
    await askFor('use mail {"to": "Ada"} and use mail {"to": "Grace"}');
    const [first, second] = [card().first(), card().nth(1)];
    await first.getByTestId("approve").click();
    await first.getByTestId("approval-decided").filter({ hasText: "Approved." }).waitFor();
    expect(await second.getByTestId("approve").isVisible()).toBe(true);
    expect(sent).toEqual([]);
    await page.reload();
    await first.getByTestId("approval-decided").waitFor();
    await second.getByTestId("deny-first").click();
    await second.getByTestId("deny").click();
    await expectAnswer(page, "The tools said:");
    expect(sent).toEqual([{ to: "Ada" }]);
    const statuses = await page.locator(".tool-status").allInnerTexts();
    expect(statuses).toEqual(["done", "not allowed"]);
  });
});
