/** What a run does beside answering: steps, tool calls, sources, and what it all took. */
import { describe, expect, test } from "vitest";
import { accessibilityFaults, focused } from "./accessible.ts";
import { choose, expectAnswer, rows, send, setSettings } from "./drive.ts";
import { usePageStage } from "./stage.ts";
import { startToolServer } from "./tool-server.ts";

const stage = usePageStage((upstream) => startToolServer(upstream));

/** The headings of the tool calls: name, status, time. */
async function calls(): Promise<string[]> {
  const all = await stage.page.getByTestId("tool-call").locator("summary").allInnerTexts();
  return all.map((text) => text.replaceAll(/\s+/g, " ").trim());
}

describe("tool calls", () => {
  test("are shown while they are at work, then with what was asked and got, also from the store", async () => {
    const { page } = stage;
    await choose(page, "tools");
    await send(page, 'use wait {"ms": 1500} and use add {"a": 20, "b": 22} and use fail {}');
    await page.locator('[data-testid="tool-call"][data-status="error"]').waitFor();
    expect(await page.getByTestId("activity").innerText()).toContain("Using wait");
    expect(await calls()).toEqual([
      "wait at work",
      expect.stringMatching(/^add done \d+ ms$/),
      expect.stringMatching(/^fail failed \d+ ms$/),
    ]);
    await expectAnswer(page, "The tools said:");
    const expected = [
      expect.stringMatching(/^wait done 1\.\d s$/),
      expect.stringMatching(/^add done \d+ ms$/),
      expect.stringMatching(/^fail failed \d+ ms$/),
    ];
    expect(await calls()).toEqual(expected);
    await page.reload();
    await expectAnswer(page, "The tools said:");
    expect(await calls()).toEqual(expected);

    const [, add, fail] = await page.getByTestId("tool-call").all();
    await add?.locator("summary").press("Enter");
    expect(await add?.locator("dd").allInnerTexts()).toEqual([
      '{ "a": 20, "b": 22 }',
      '{ "sum": 42 }',
    ]);
    await fail?.locator("summary").press("Space");
    expect(await fail?.locator("dd").allInnerTexts()).toEqual([
      "Nothing",
      "The tool failed: no luck today",
    ]);
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  test("show the images of a result, its data, and that others may have written it", async () => {
    const { page } = stage;
    await choose(page, "tools");
    await send(page, "use chart {}");
    await expectAnswer(page, "The tools said:");
    const picture = page.getByTestId("tool-image");
    // Shown at once, by the policy that was there before: the picture is part of the page, and nothing is asked for.
    expect(await picture.getAttribute("alt")).toBe("Image 1 from chart");
    const decoded = `document.querySelector('[data-testid="tool-image"]').decode().then(() => "decoded")`;
    expect(await page.evaluate<string>(decoded)).toBe("decoded");
    const policy = (await fetch(stage.url)).headers.get("content-security-policy") ?? "";
    expect(policy).toContain("img-src 'self' data:;");
    // A drawing could hold more than a picture.
    expect(await page.locator(".tool-image-note").innerText()).toBe(
      "Image 2 from chart: cannot be shown (image/svg+xml)",
    );
    await page.getByTestId("tool-call").locator("summary").press("Enter");
    expect(await page.getByTestId("tool-call").locator("pre").allInnerTexts()).toEqual([
      expect.stringContaining("Sales went up."),
      '{ "sales": [ 1, 2, 3 ] }',
    ]);
    expect(await page.getByTestId("untrusted").innerText()).toContain("Others may have written");
    expect(await accessibilityFaults(page)).toEqual([]);
  });

  test("fold a long result, and show all of it on request", async () => {
    const { page } = stage;
    await choose(page, "tools");
    await send(page, "use ramble {}");
    await expectAnswer(page, "The tools said:");
    await page.getByTestId("tool-call").locator("summary").click();
    const text = page.getByTestId("tool-call").locator("pre");
    expect(await text.innerText()).toMatch(/line-14 …$/);
    const more = page.getByTestId("tool-more");
    expect(await more.innerText()).toBe("Show all 230 characters");
    await more.press("Enter");
    expect(await text.innerText()).toMatch(/line-30$/);
    await more.press("Enter");
    expect(await text.innerText()).toMatch(/line-14 …$/);
    // The tool says itself that it returns what nobody else has written.
    expect(await page.getByTestId("untrusted").count()).toBe(0);
  });

  test("over the limit are shown as not called", async () => {
    const { page } = stage;
    await choose(page, "tools");
    await setSettings(page, { "workflow_config.max_tool_calls": "1" });
    await page.getByTestId("settings-sheet").waitFor({ state: "detached" });
    await send(page, 'use add {"a": 1, "b": 2} and use add {"a": 3, "b": 4}');
    await expectAnswer(page, "The tools said:");
    expect(await calls()).toEqual([
      expect.stringMatching(/^add done/),
      expect.stringMatching(/^add not called, the limit is reached/),
    ]);
  });

  test("that were stopped are shown as such", async () => {
    const { page } = stage;
    await choose(page, "tools");
    await send(page, 'use wait {"ms": 30000}');
    await page.locator('[data-testid="tool-call"][data-status="pending"]').waitFor();
    await page.getByTestId("stop").click();
    await expectAnswer(page, "Stopped before its end");
    expect(await calls()).toEqual(["wait stopped before it was done"]);
  });
});

describe("steps and figures", () => {
  test("the steps are shown as they are done, with their times", async () => {
    const { page } = stage;
    await choose(page, "full");
    await send(page, 'use wait {"ms": 1200}');
    const steps = page.getByTestId("activity").getByTestId("steps").getByRole("listitem");
    await steps.nth(2).waitFor();
    expect(await steps.allInnerTexts()).toEqual([
      expect.stringMatching(/^Memory \d+ ms$/),
      expect.stringMatching(/^Documents \d+ ms$/),
      expect.stringMatching(/^Model \d+ ms$/),
    ]);
    await expectAnswer(page, "The tools said: waited");
  });

  test("an answer's footer has tokens and time; more is a press away", async () => {
    const { page } = stage;
    await choose(page, "full");
    await send(page, 'use add {"a": 1, "b": 2}');
    await expectAnswer(page, '{"sum":3}');
    await page.reload();
    await expectAnswer(page, '{"sum":3}');
    const figures = page.getByTestId("figures");
    expect(await figures.innerText()).toMatch(/^stub · .+ · 14 tokens in, 10 out$/);
    await figures.press("Enter");
    const card = page.getByTestId("figures-card");
    await focused(page, "figures-card");
    const line = (text: string): string => text.replaceAll(/\s+/g, " ");
    const lines = (await card.locator("dl > div").allInnerTexts()).map(line);
    expect(lines).toEqual([
      "Model stub",
      expect.stringMatching(/^Time /),
      "Tokens in 14",
      "Tokens out 10",
      "Model calls 2",
      "Tool calls 1",
    ]);
    const steps = card.getByTestId("steps").getByRole("listitem");
    await steps.first().waitFor();
    const names = (await steps.allInnerTexts()).map((text) => text.split(/\s/)[0]);
    expect(names).toEqual(["Memory", "Documents", "Model", "Tools", "Model"]);
    expect(await accessibilityFaults(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await focused(page, "figures");
  });

  test("the cost is shown where the server knows it", async () => {
    const { page } = stage;
    await page.route(/\/messages\?/, async (route) => {
      const response = await route.fetch();
      const body = (await response.json()) as { data: { usage: object | null }[] };
      for (const message of body.data) {
        if (message.usage) message.usage = { ...message.usage, cost_usd: 0.00042 };
      }
      await route.fulfill({ response, json: body });
    });
    await send(page, "hello");
    await expectAnswer(page, "You said: hello");
    expect(await page.getByTestId("figures").innerText()).toMatch(
      /7 tokens in, 5 out · \$0\.00042$/,
    );
  });
});

test("a failed step is named in plain words, and trying again helps", async () => {
  const { page } = stage;
  await choose(page, "rag");
  await send(page, "stumble over this [1]");
  const problem = page.getByTestId("run-problem");
  await problem.waitFor();
  expect(await problem.innerText()).toContain("Searching the documents failed.");
  await page.getByTestId("retry").click();
  await expectAnswer(page, "You said: stumble over this [1]");
  expect(await rows(page, "assistant").getByTestId("sources").innerText()).toBe("1 source");
  expect(await problem.count()).toBe(0);
});

test("what was found is shown while the answer is under way, and what it cites; then its sources alone", async () => {
  const { page } = stage;
  await choose(page, "rag");
  const words = Array.from({ length: 80 }, (_, index) => `w${index}`).join(" ");
  await send(page, `${words} striped [1] ${words} end`);
  const sources = rows(page, "assistant").getByTestId("sources");
  const title = sources.locator("summary");
  await title.filter({ hasText: "1 passage found, none cited" }).waitFor();
  await title.click();
  expect(await sources.getByTestId("source").innerText()).toContain("Zebras are striped.");
  await title.filter({ hasText: "1 passage found, 1 cited" }).waitFor();
  expect(await sources.getByTestId("source").innerText()).toContain("cited");
  await expectAnswer(page, "striped [1]");
  expect(await title.innerText()).toBe("1 source");
  // What somebody has opened stays open.
  expect(await sources.getByTestId("source").isVisible()).toBe(true);
});
