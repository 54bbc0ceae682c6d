/** The content of a page as blocks: inline text is gathered until an element ends it. */
import type { DocumentBuilder } from "../builder.ts";
import { DocumentError } from "../errors.ts";
import type { ParseLimits } from "../limits.ts";
import { type Content, newTable, type Table, tidy, writeContent } from "./html-parts.ts";

/** Elements that begin and end a paragraph. */
const BLOCKS = new Set(
  "address article aside blockquote body center dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr html legend main p section summary ul ol li pre table caption tr td th thead tbody tfoot".split(
    " ",
  ),
);

/** Takes the elements and the text of a page in order. */
export class HtmlContent {
  readonly #limits: ParseLimits;
  readonly #all: Content[] = [];
  /** Where the main part begins and ends in `#all`. */
  #main: { from: number; to: number; depth: number } | null = null;
  readonly #tables: Table[] = [];
  /** Numbers of the items of the lists that are open; null in lists without numbers. */
  readonly #lists: (number | null)[] = [];
  #items: string[] = [];
  #inline = "";
  #inPre = 0;
  #length = 0;

  constructor(limits: ParseLimits) {
    this.#limits = limits;
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (name === "br") this.#inline += "\n";
    else if (name === "img") this.text(attributes["alt"] ?? "");
    if (!BLOCKS.has(name)) return;
    if (name === "table") this.#openTable();
    else if (name === "td" || name === "th") this.#openCell(name);
    else if (/^(?:h[1-6]|pre)$/.test(name)) this.#becomeLayout();
    this.#flush();
    if (name === "tr") this.#openRow();
    else if (name === "pre") this.#inPre++;
    else if (name === "ul") this.#lists.push(null);
    else if (name === "ol") this.#lists.push(Number(attributes["start"] ?? 1) || 1);
    else if (name === "li") this.#openItem();
    else if (name === "main" || name === "article") this.#openMain();
  }

  text(text: string): void {
    this.#length += text.length;
    if (this.#length > 2 * this.#limits.textLength) {
      throw new DocumentError(
        "limit",
        "The page has too much text. Split it and upload the parts.",
      );
    }
    this.#inline += this.#inPre > 0 ? text : text.replaceAll(/\s+/g, " ");
  }

  close(name: string): void {
    if (!BLOCKS.has(name)) return;
    const level = /^h([1-6])$/.exec(name)?.[1];
    if (level !== undefined) this.#flush({ kind: "heading", level: Number(level) });
    else if (name === "td" || name === "th") this.#closeCell();
    else if (name === "table") this.#closeTable();
    else this.#flush(name === "pre" ? { kind: "code" } : undefined);
    if (name === "pre") this.#inPre--;
    else if (name === "tr") this.#closeRow();
    else if (name === "ul" || name === "ol") this.#closeList();
    else if (name === "main" || name === "article") this.#closeMain();
  }

  /** Puts everything into the document, or only the main part if it has enough text. */
  writeTo(builder: DocumentBuilder, minMainLength: number): void {
    this.#flush();
    const main = this.#main ? this.#all.slice(this.#main.from, this.#main.to) : [];
    const length = main.reduce((sum, each) => sum + ("text" in each ? each.text.length : 50), 0);
    for (const each of length >= minMainLength ? main : this.#all) writeContent(builder, each);
  }

  /** Ends the text that is open: as a heading or code, else as what it is inside of. */
  #flush(as?: { kind: "heading"; level: number } | { kind: "code" }): void {
    const raw = this.#inline;
    this.#inline = "";
    const isCode = as?.kind === "code" || this.#inPre > 0;
    const text = isCode ? raw : tidy(raw);
    if (text.trim() === "") return;
    const table = this.#tables.at(-1);
    if (table && !table.isLayout) {
      if (table.cell !== null) table.cell += `${table.cell === "" ? "" : " "}${text}`;
      else this.#all.push({ kind: "paragraph", text });
    } else if (this.#lists.length > 0 && !isCode && as === undefined) {
      this.#addToItem(text);
    } else {
      this.#endItems();
      this.#all.push({ ...(as ?? { kind: isCode ? "code" : "paragraph" }), text });
    }
  }

  #openTable(): void {
    this.#becomeLayout();
    this.#flush();
    // A table in a list is laid out, so that the list keeps its order.
    this.#tables.push(newTable(this.#lists.length > 0));
  }

  /** The tables that are open turn out to be there for their looks. */
  #becomeLayout(): void {
    if (this.#tables.at(-1)?.isLayout !== false) return;
    for (const table of this.#tables) {
      if (table.isLayout) continue;
      table.isLayout = true;
      const cells = [...table.rows.flat(), table.cell ?? ""];
      for (const text of cells) if (text !== "") this.#all.push({ kind: "paragraph", text });
      table.rows = [];
    }
  }

  #openRow(): void {
    const table = this.#tables.at(-1);
    if (!table) return;
    table.isHeader = true;
    table.rows.push([]);
  }

  #openCell(name: string): void {
    this.#flush();
    const table = this.#tables.at(-1);
    if (!table) return;
    table.cell = "";
    if (name === "td") table.isHeader = false;
  }

  #closeCell(): void {
    this.#flush();
    const table = this.#tables.at(-1);
    if (!table) return;
    if (!table.isLayout) table.rows.at(-1)?.push(table.cell ?? "");
    table.cell = null;
  }

  #closeRow(): void {
    const table = this.#tables.at(-1);
    if (table?.isHeader && table.headerRows === table.rows.length - 1) table.headerRows++;
  }

  #closeTable(): void {
    this.#flush();
    const table = this.#tables.pop();
    if (!table || table.isLayout) return;
    const { rows, headerRows } = table;
    if (rows.some((row) => row.length > 1)) this.#all.push({ kind: "table", rows, headerRows });
    else for (const text of rows.flat()) this.#all.push({ kind: "paragraph", text });
  }

  #openItem(): void {
    const depth = Math.max(0, this.#lists.length - 1);
    const number = this.#lists.at(-1);
    const mark = typeof number === "number" ? `${number}.` : "-";
    if (typeof number === "number") this.#lists[depth] = number + 1;
    if (this.#lists.length > 0) this.#items.push(`${"  ".repeat(Math.min(depth, 8))}${mark}`);
  }

  #addToItem(text: string): void {
    const last = this.#items.length - 1;
    const line = text.replaceAll(/\s+/g, " ");
    if (last < 0) this.#items.push(line);
    else this.#items[last] += ` ${line}`;
  }

  #closeList(): void {
    this.#lists.pop();
    if (this.#lists.length === 0) this.#endItems();
  }

  #endItems(): void {
    const items = this.#items.filter((item) => !/^\s*(?:-|\d+\.)$/.test(item));
    this.#items = [];
    if (items.length > 0) this.#all.push({ kind: "list", text: items.join("\n") });
  }

  #openMain(): void {
    this.#main ??= { from: this.#all.length, to: this.#all.length, depth: 0 };
    this.#main.depth++;
  }

  #closeMain(): void {
    if (!this.#main) return;
    this.#main.depth--;
    if (this.#main.depth === 0) this.#main.to = this.#all.length;
  }
}
