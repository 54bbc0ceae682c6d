/** What models hand to people: tickets, and conversations that a person is to take over. */
import { describe, expect, test } from "vitest";
import { accessibilityFaults, focused } from "./accessible.ts";
import { choose, expectAnswer, send } from "./drive.ts";
import { usePageStage } from "./stage.ts";
import { startToolServer } from "./tool-server.ts";

const stage = usePageStage((upstream) => startToolServer(upstream));

async function openTicket(title: string): Promise<void> {
  const { page, client } = stage;
  await client.callTool("create_ticket", {
    title,
    description: `About ${title}`,
    priority: "normal",
  });
  await page.getByTestId("tools").click();
  await page.getByRole("link", { name: "Tickets", exact: true }).click();
  await row(title).waitFor();
}

function row(title: string) {
  return stage.page.getByTestId("ticket-entry").filter({ hasText: title });
}

describe("tickets", () => {
  test("are listed, filtered by status, and changed by keyboard alone", async () => {
    const { page, client } = stage;
    await openTicket("Broken lamp");
    await openTicket("Wet cellar");
    expect(new URL(page.url()).pathname).toBe("/tickets");
    expect(await page.title()).toBe("Tickets · Chatter");
    expect(await accessibilityFaults(page)).toEqual([]);
    await row("Broken lamp").getByRole("link").press("Enter");
    expect(await page.getByTestId("ticket-description").innerText()).toBe("About Broken lamp");
    await page.getByTestId("field-status").focus();
    await page.keyboard.type("Resolved");
    await expect
      .poll(async () => (await client.listTickets({ status: "resolved" })).data.length)
      .toBe(1);
    await page.getByTestId("field-priority").selectOption("urgent");
    await expect
      .poll(async () => (await client.listTickets({ status: "resolved" })).data[0]?.priority)
      .toBe("urgent");
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.reload();
    await page.getByTestId("ticket-title").filter({ hasText: "Broken lamp" }).waitFor();
    expect(await page.getByTestId("field-status").inputValue()).toBe("resolved");
    await page.getByRole("link", { name: "All tickets" }).click();
    await page.getByTestId("status-filter").selectOption("Open");
    await row("Broken lamp").waitFor({ state: "detached" });
    await row("Wet cellar").waitFor();
    await page.getByTestId("status-filter").selectOption("In progress");
    expect(await page.getByTestId("no-tickets").innerText()).toBe("None is in progress.");
  });

  test("one leads to the conversation that it was opened in", async () => {
    const { page } = stage;
    await choose(page, "tools");
    await send(page, 'use create_ticket {"title": "Lost keys", "description": "In the lift"}');
    await expectAnswer(page, "The tools said:");
    const address = page.url();
    await page.getByTestId("tools").click();
    await page.getByRole("link", { name: "Tickets", exact: true }).click();
    await row("Lost keys").getByRole("link").click();
    await page.getByTestId("ticket-conversation").click();
    await expectAnswer(page, "The tools said:");
    expect(page.url()).toBe(address);
  });

  test("one that is not there says so", async () => {
    const { page } = stage;
    stage.expectRefusal(404);
    await page.goto(`${stage.url}/tickets/tkt_01ARZ3NDEKTSV4RRFFQ69G5FAV`);
    const failed = page.getByTestId("ticket-failed");
    expect(await failed.innerText()).toContain("This is not here");
  });
});

test("a conversation that a person is to take over is marked until it is handed back", async () => {
  const { page } = stage;
  await choose(page, "tools");
  await send(page, 'use escalate {"reason": "They want to speak to somebody"}');
  await expectAnswer(page, "The tools said:");
  const bar = page.getByTestId("escalation");
  await bar.waitFor();
  expect(await bar.innerText()).toContain("They want to speak to somebody");
  const listed = page.getByTestId("conversation-row").filter({ hasText: "use escalate" });
  await listed.getByTestId("escalated").waitFor();
  expect(await accessibilityFaults(page)).toEqual([]);
  await page.reload();
  await bar.waitFor();
  await page.getByTestId("hand-back").press("Enter");
  await bar.waitFor({ state: "detached" });
  await listed.getByTestId("escalated").waitFor({ state: "detached" });
  await focused(page, "composer");
  await page.reload();
  await expectAnswer(page, "The tools said:");
  expect(await bar.count()).toBe(0);
});
