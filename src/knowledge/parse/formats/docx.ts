/** Word documents: headings by style, lists, tables; deleted and hidden text is left out, macros are never looked at. */
import type { DocumentBuilder } from "../builder.ts";
import type { ParsedDocument } from "../document.ts";
import { attribute, type Attributes, type XmlHandler } from "../xml.ts";
import { readStyles, styleProperty, type WordStyle } from "./docx-styles.ts";
import { isOn, type OfficeFile, officeMetadata } from "./ooxml.ts";

const DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/** What readers do not see: second versions of drawings, deletions, phonetic guides, how things were before a change. */
const LEFT_OUT = new Set(["Fallback", "del", "moveFrom", "rt", "pPrChange", "rPrChange"]);

/** Reads a Word document into the builder. */
export async function parseDocx(
  file: OfficeFile,
  builder: DocumentBuilder,
): Promise<ParsedDocument> {
  const main = await file.mainPart("word/document.xml");
  const { byKind } = await file.relations(main);
  const styles = await readStyles(file, byKind.get("styles") ?? "word/styles.xml");
  await file.read(main, new WordReader(builder, styles));
  for (const kind of ["footnotes", "endnotes"]) {
    const part = byKind.get(kind);
    if (part !== undefined) await file.read(part, new WordReader(builder, styles));
  }
  const properties = await file.properties();
  return builder.finish({
    mimeType: DOCX,
    title: properties["title"],
    metadata: officeMetadata(properties),
  });
}

/** A paragraph that is being read. They may be in each other: a text box hangs on a paragraph. */
interface Paragraph {
  text: string;
  level: number | null;
  /** Depth in a list; null outside of any. */
  list: number | null;
}

/** A table that is being read; one inside a cell becomes text of the cell. */
interface Table {
  rows: string[][];
  headerRows: number;
}

class WordReader implements XmlHandler {
  readonly #builder: DocumentBuilder;
  readonly #styles: ReadonlyMap<string, WordStyle>;
  readonly #paragraphs: Paragraph[] = [];
  readonly #tables: Table[] = [];
  #list: string[] = [];
  /** How deep in what is left out. */
  #leftOut = 0;
  #inText = false;
  #hiddenRun = false;

  constructor(builder: DocumentBuilder, styles: ReadonlyMap<string, WordStyle>) {
    this.#builder = builder;
    this.#styles = styles;
  }

  open(name: string, attributes: Attributes): void {
    if (LEFT_OUT.has(name) || this.#leftOut > 0) {
      this.#leftOut += LEFT_OUT.has(name) ? 1 : 0;
      return;
    }
    const table = this.#tables.at(-1);
    if (name === "tbl") this.#openTable();
    else if (name === "tr") table?.rows.push([]);
    else if (name === "tc") table?.rows.at(-1)?.push("");
    else if (name === "tblHeader" && table && isOn(attributes))
      table.headerRows = table.rows.length;
    else if (name === "p") this.#paragraphs.push({ text: "", level: null, list: null });
    else if (name === "r") this.#hiddenRun = false;
    else this.#openInParagraph(name, attributes);
  }

  #openInParagraph(name: string, attributes: Attributes): void {
    const paragraph = this.#paragraphs.at(-1);
    if (!paragraph) return;
    const value = attribute(attributes, "val") ?? "";
    if (name === "pStyle") this.#applyStyle(paragraph, value);
    else if (name === "outlineLvl" && Number(value) < 9) paragraph.level = Number(value) + 1;
    else if (name === "numPr") paragraph.list ??= 0;
    else if (name === "ilvl") paragraph.list = Math.min(Number(value) || 0, 8);
    else if (name === "numId" && value === "0") paragraph.list = null;
    else if (name === "vanish") this.#hiddenRun = isOn(attributes);
    else if (name === "t") this.#inText = true;
    else if (name === "tab") this.text("\t", true);
    else if (name === "br" || name === "cr") this.text("\n", true);
    else if (name === "noBreakHyphen") this.text("-", true);
  }

  #applyStyle(paragraph: Paragraph, id: string): void {
    const named = Number(/^heading ?([1-9])$/i.exec(id)?.[1]) || null;
    paragraph.level ??= styleProperty(this.#styles, id, "level") ?? named;
    if (styleProperty(this.#styles, id, "isList")) paragraph.list ??= 0;
  }

  text(text: string, always = false): void {
    const paragraph = this.#paragraphs.at(-1);
    const isSeen = this.#leftOut === 0 && !this.#hiddenRun && (this.#inText || always);
    if (paragraph && isSeen) paragraph.text += text;
  }

  close(name: string): void {
    if (LEFT_OUT.has(name)) this.#leftOut--;
    else if (this.#leftOut > 0) return;
    else if (name === "t") this.#inText = false;
    else if (name === "r") this.#hiddenRun = false;
    else if (name === "p") this.#closeParagraph();
    else if (name === "tbl") this.#closeTable();
    else if (name === "body" || name === "footnotes" || name === "endnotes") this.#endList();
  }

  #closeParagraph(): void {
    const paragraph = this.#paragraphs.pop();
    const text = paragraph?.text.trim();
    if (!paragraph || !text) return;
    const row = this.#tables.at(-1)?.rows.at(-1);
    const cell = row?.pop();
    if (row && cell !== undefined) {
      row.push(cell === "" ? text : `${cell} ${text}`);
    } else if (paragraph.level !== null) {
      this.#endList();
      this.#builder.heading(paragraph.level, text);
    } else if (paragraph.list !== null) {
      this.#list.push(`${"  ".repeat(paragraph.list)}- ${text.replaceAll(/\s+/g, " ")}`);
    } else {
      this.#endList();
      this.#builder.block("paragraph", text);
    }
  }

  #openTable(): void {
    if (this.#tables.length === 0) this.#endList();
    this.#tables.push({ rows: [], headerRows: 0 });
  }

  #closeTable(): void {
    const table = this.#tables.pop();
    if (!table) return;
    const outer = this.#tables.at(-1)?.rows.at(-1);
    if (outer) {
      const text = table.rows.map((row) => row.join(", ")).join("; ");
      outer.push([outer.pop() ?? "", text].filter((each) => each !== "").join(" "));
      return;
    }
    const { rows, headerRows } = table;
    const target = this.#builder.table(headerRows > 0 ? { headerRows } : {});
    for (const row of rows) target.row(row);
    target.end();
  }

  #endList(): void {
    this.#builder.block("list", this.#list.join("\n"));
    this.#list = [];
  }
}
