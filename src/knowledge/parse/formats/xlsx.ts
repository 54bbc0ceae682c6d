/** Workbooks: each visible sheet is a table under its name. Values only: formulas and macros are never looked at. */
import type { DocumentBuilder } from "../builder.ts";
import type { ParsedDocument } from "../document.ts";
import type { ParseLimits } from "../limits.ts";
import { attribute, type Attributes, type XmlHandler } from "../xml.ts";
import { type OfficeFile, officeMetadata } from "./ooxml.ts";
import { dateFormats, formatDate } from "./xlsx-dates.ts";
import { sharedStrings, StringReader } from "./xlsx-strings.ts";

const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/** Reads a workbook into the builder. */
export async function parseXlsx(
  file: OfficeFile,
  builder: DocumentBuilder,
  limits: ParseLimits,
): Promise<ParsedDocument> {
  const main = await file.mainPart("xl/workbook.xml");
  const { byId, byKind } = await file.relations(main);
  const { sheets, since1904 } = await readWorkbook(file, main);
  const shared = await sharedStrings(file, byKind.get("sharedStrings"), limits);
  const dates = await dateFormats(file, byKind.get("styles"));
  for (const { name, relation } of sheets) {
    const part = byId.get(relation);
    if (part === undefined || !part.includes("sheet")) continue;
    await file.read(part, new SheetReader({ name, builder, limits, shared, dates, since1904 }));
  }
  const properties = await file.properties();
  return builder.finish({
    mimeType: XLSX,
    title: properties["title"],
    metadata: officeMetadata(properties),
    whenEmpty:
      "The workbook has no values in its visible sheets. Save it with its results and upload it again.",
  });
}

interface Workbook {
  readonly sheets: readonly { readonly name: string; readonly relation: string }[];
  /** Whether days are counted from 1904, as old Macintoshes did. */
  readonly since1904: boolean;
}

async function readWorkbook(file: OfficeFile, part: string): Promise<Workbook> {
  const sheets: { name: string; relation: string }[] = [];
  let since1904 = false;
  await file.read(part, {
    open(name, attributes) {
      if (name === "workbookPr") since1904 = /^(?:1|true)$/.test(attributes["date1904"] ?? "");
      if (name !== "sheet" || (attributes["state"] ?? "visible") !== "visible") return;
      const relation = Object.entries(attributes).find(([key]) => key.endsWith(":id"))?.[1] ?? "";
      sheets.push({ name: attributes["name"] ?? "", relation });
    },
  });
  return { sheets, since1904 };
}

interface SheetContext {
  readonly name: string;
  readonly builder: DocumentBuilder;
  readonly limits: ParseLimits;
  readonly shared: readonly string[];
  /** The cell formats that show a number as a date. */
  readonly dates: ReadonlySet<number>;
  readonly since1904: boolean;
}

/** The column of a reference such as "AB12", from 0; null when there is none. */
function columnOf(reference: string | undefined): number | null {
  const letters = /^([A-Z]{1,3})\d/.exec(reference ?? "")?.[1];
  if (letters === undefined) return null;
  return Array.from(letters).reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

class SheetReader implements XmlHandler {
  readonly #context: SheetContext;
  readonly #table;
  readonly #inline = new StringReader();
  #row: string[] = [];
  #column = 0;
  #type = "n";
  #style = 0;
  #value = "";
  #inValue = false;
  #named = false;

  constructor(context: SheetContext) {
    this.#context = context;
    this.#table = context.builder.table();
  }

  open(name: string, attributes: Attributes): void {
    this.#inline.open(name);
    if (name === "row") this.#row = [];
    else if (name === "c") this.#openCell(attributes);
    else if (name === "v") this.#inValue = true;
  }

  text(text: string): void {
    this.#inline.text(text);
    if (this.#inValue) this.#value += text;
  }

  close(name: string): void {
    this.#inline.close(name);
    if (name === "v") this.#inValue = false;
    else if (name === "c") this.#closeCell();
    else if (name === "row") this.#closeRow();
    else if (name === "sheetData") this.#table.end();
  }

  /** The sheet's name stands above its first row: sheets without any leave nothing. */
  #closeRow(): void {
    const isEmpty = this.#row.every((cell) => cell.trim() === "");
    if (isEmpty) return;
    if (!this.#named) this.#context.builder.heading(1, this.#context.name);
    this.#named = true;
    this.#table.row(this.#row);
  }

  #openCell(attributes: Attributes): void {
    this.#column = columnOf(attribute(attributes, "r")) ?? this.#row.length;
    this.#type = attribute(attributes, "t") ?? "n";
    this.#style = Number(attribute(attributes, "s")) || 0;
    this.#value = "";
    this.#inline.take();
  }

  #closeCell(): void {
    if (this.#column >= this.#context.limits.columns) return;
    while (this.#row.length < this.#column) this.#row.push("");
    this.#row[this.#column] = this.#shown();
  }

  /** The cell as its reader sees it, save the format of numbers. */
  #shown(): string {
    const { shared, dates, since1904 } = this.#context;
    const value = this.#value;
    switch (this.#type) {
      case "s":
        return shared[Number(value)] ?? "";
      case "inlineStr":
        return this.#inline.take();
      case "b":
        return value === "1" ? "TRUE" : "FALSE";
      case "n":
        return dates.has(this.#style) ? formatDate(value, since1904) : tidyNumber(value);
      default:
        return value;
    }
  }
}

/** Doubles keep this many digits of any decimal number; what has more shows how it is stored. */
const TRUE_DIGITS = 15;

/** A number without the digits that only its storage has: 0.1 + 0.2 is 0.3. */
function tidyNumber(value: string): string {
  if (value.length <= TRUE_DIGITS && !/e/i.test(value)) return value;
  const number = Number(value);
  return Number.isFinite(number) ? String(Number(number.toPrecision(TRUE_DIGITS))) : value;
}
