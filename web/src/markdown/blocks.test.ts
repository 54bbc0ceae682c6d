import { expect, test } from "vitest";
import { splitBlocks } from "./blocks.ts";

const code = "```js\nconst a = 1;\n\nconst b = 2;\n```\n";

test.each([
  ["paragraphs", "One\n\nTwo\n", ["One\n\n", "Two\n"]],
  [
    "a loose list stays together",
    "- a\n\n- b\n\n  more\n\nEnd",
    ["- a\n\n- b\n\n  more\n\n", "End"],
  ],
  ["code with blank lines", `${code}\nText`, [`${code}\n`, "Text"]],
  ["code that is not closed yet", "A\n\n```\nx\n\ny", ["A\n\n", "```\nx\n\ny"]],
  ["code inside of a list", "1. a\n\n   ```\n   x\n\n   y\n   ```\n\n2. b", null],
  ["a shorter fence inside of code", "````\n```\n\n```\n````\n", null],
  ["definitions hold for the whole text", "See [a].\n\nMore\n\n[a]: https://example.org\n", null],
  ["nothing", "", []],
])("%s", (_, text, blocks) => {
  expect(splitBlocks(text)).toEqual(blocks ?? [text]);
});

test("nothing is lost, wherever a growing text is cut", () => {
  const text = `# T\n\nA\n\n- x\n\n- y\n\n${code}\n> q\n\n1. z\n`;
  for (let end = 0; end <= text.length; end++) {
    expect(splitBlocks(text.slice(0, end)).join("")).toBe(text.slice(0, end));
  }
});
