import { expect, test } from "vitest";
import { type CiteLinks, remarkCites, type TreeNode } from "./cites.ts";

const links: CiteLinks = new Map([
  [1, { href: "/documents/a", label: "Source 1" }],
  [3, { href: "/documents/c", label: "Source 3" }],
]);

/** The text with what became a link as `<address text>`. */
function show(node: TreeNode): string {
  const inner = node.value ?? (node.children ?? []).map(show).join("");
  return node.type === "link" ? `<${node.url} ${inner}>` : inner;
}

function cite(...children: TreeNode[]): string {
  const tree: TreeNode = { type: "root", children: [{ type: "paragraph", children }] };
  remarkCites(links)(tree);
  return show(tree);
}

const text = (value: string): TreeNode => ({ type: "text", value });

test.each([
  ["Striped [1].", "Striped </documents/a [1]>."],
  ["[1][3]", "</documents/a [1]></documents/c [3]>"],
  ["both [1, 3] here", "both [</documents/a 1>, </documents/c 3>] here"],
  ["a range [1-3]", "a range [</documents/a 1>-</documents/c 3>]"],
  ["half [1; 2]", "half [</documents/a 1>; 2]"],
  ["unknown [2], [0], [1234], [x], []", "unknown [2], [0], [1234], [x], []"],
  ["", ""],
])("%j", (before, after) => {
  expect(cite(text(before))).toBe(after);
});

test("marks deep in the text are found, those in code and in links are left alone", () => {
  const strong = { type: "strong", children: [text("so [1]")] };
  const code = { type: "inlineCode", value: "a[1]" };
  const link = { type: "link", url: "https://example.org", children: [text("see [1]")] };
  expect(cite(strong, code, link)).toBe("so </documents/a [1]>a[1]<https://example.org see [1]>");
});
