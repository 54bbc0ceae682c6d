/** The marks `[n]` in an answer's text become links to the passages that they cite. */

/** Where a mark leads, and what is said of it. */
interface CiteTarget {
  readonly href: string;
  readonly label: string;
}

/** By the number of the passage. */
export type CiteLinks = ReadonlyMap<number, CiteTarget>;

/** Tells these links from those that the text itself has: no Markdown can set a class. */
export const CITE_CLASS = "cite";

/** `[1]`, `[1, 2]`, `[1-3]`, as the server reads them. */
const MARK = /\[\s*\d{1,3}(?:\s*[-–,;]\s*\d{1,3})*\s*\]/g;

/** A node of the Markdown tree, as far as this looks at it. */
export interface TreeNode {
  type: string;
  value?: string;
  url?: string;
  title?: string;
  data?: { hProperties: { className: string } };
  children?: TreeNode[];
}

/** What stands in links stays as it is: a link cannot hold another. */
const CLOSED: ReadonlySet<string> = new Set(["link", "linkReference"]);

/** A plugin of remark. Numbers that lead nowhere stay text. */
export function remarkCites(links: CiteLinks): (tree: TreeNode) => void {
  const visit = (node: TreeNode): void => {
    if (!node.children || CLOSED.has(node.type)) return;
    node.children = node.children.flatMap((child) => {
      if (child.type === "text") return split(child.value ?? "", links);
      visit(child);
      return [child];
    });
  };
  return (tree) => {
    if (links.size > 0) visit(tree);
  };
}

function split(text: string, links: CiteLinks): TreeNode[] {
  const nodes: TreeNode[] = [];
  let end = 0;
  for (const { 0: mark, index } of text.matchAll(MARK)) {
    if (index > end) nodes.push({ type: "text", value: text.slice(end, index) });
    nodes.push(...linked(mark, links));
    end = index + mark.length;
  }
  if (end < text.length || nodes.length === 0) {
    nodes.push({ type: "text", value: text.slice(end) });
  }
  return nodes;
}

/** A mark with its numbers as links; a single one takes its brackets along. */
function linked(mark: string, links: CiteLinks): TreeNode[] {
  const parts = /^\[\s*\d+\s*\]$/.test(mark) ? [mark] : mark.split(/(\d+)/);
  return parts
    .filter((part) => part !== "")
    .map((part) => {
      const target = links.get(Number(part.replaceAll(/[[\]\s]/g, "") || Number.NaN));
      const text = { type: "text", value: part };
      if (!target) return text;
      const data = { hProperties: { className: CITE_CLASS } };
      return { type: "link", url: target.href, title: target.label, data, children: [text] };
    });
}
