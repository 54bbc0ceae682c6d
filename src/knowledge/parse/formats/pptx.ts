/** Presentations: each slide is a page, its title a heading; tables and the speaker's notes are read too. */
import type { DocumentBuilder } from "../builder.ts";
import type { ParsedDocument } from "../document.ts";
import { attribute, type Attributes, type XmlHandler } from "../xml.ts";
import { type OfficeFile, officeMetadata } from "./ooxml.ts";

const PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation";

/** Placeholders that repeat on every slide, and the picture of the slide on a page of notes. */
const LEFT_OUT = new Set(["dt", "ftr", "hdr", "sldNum", "sldImg"]);

/** Reads a presentation into the builder. */
export async function parsePptx(
  file: OfficeFile,
  builder: DocumentBuilder,
): Promise<ParsedDocument> {
  for (const slide of await slidesOf(file)) {
    builder.nextPage();
    await file.read(slide, new SlideReader(builder));
    const notes = (await file.relations(slide)).byKind.get("notesSlide");
    if (notes !== undefined) await file.read(notes, new SlideReader(builder, "Notes: "));
  }
  const properties = await file.properties();
  return builder.finish({
    mimeType: PPTX,
    title: properties["title"],
    metadata: officeMetadata(properties),
    whenEmpty:
      "The presentation has no text: its slides are pictures. Add text and upload it again.",
  });
}

/** The slides in their order. */
async function slidesOf(file: OfficeFile): Promise<string[]> {
  const main = await file.mainPart("ppt/presentation.xml");
  const { byId } = await file.relations(main);
  const slides: string[] = [];
  await file.read(main, {
    open(name, attributes) {
      // The attribute `id` is a number; the relation is the one with a prefix.
      const relation = Object.entries(attributes).find(([key]) => key.endsWith(":id"))?.[1];
      const target = byId.get(relation ?? "");
      if (name === "sldId" && target !== undefined) slides.push(target);
    },
  });
  return slides;
}

class SlideReader implements XmlHandler {
  readonly #builder: DocumentBuilder;
  readonly #prefix: string;
  /** Of the shape that is being read: what it is a place for. */
  #place = "";
  #paragraph = "";
  #depth = 0;
  #paragraphs: { text: string; depth: number }[] = [];
  #rows: string[][] | null = null;
  #inText = false;

  /** `prefix` stands before the first paragraph of each shape. */
  constructor(builder: DocumentBuilder, prefix = "") {
    this.#builder = builder;
    this.#prefix = prefix;
  }

  open(name: string, attributes: Attributes): void {
    if (name === "sp") this.#place = "";
    else if (name === "ph") this.#place = attribute(attributes, "type") ?? "body";
    else if (name === "tbl") this.#rows = [];
    else if (name === "tr") this.#rows?.push([]);
    else if (name === "p") this.#openParagraph();
    else if (name === "pPr") this.#depth = Math.min(Number(attribute(attributes, "lvl")) || 0, 8);
    else if (name === "t") this.#inText = true;
    else if (name === "br") this.#paragraph += "\n";
  }

  text(text: string): void {
    if (this.#inText) this.#paragraph += text;
  }

  close(name: string): void {
    if (name === "t") this.#inText = false;
    else if (name === "p") this.#closeParagraph();
    else if (name === "tc") this.#closeCell();
    else if (name === "tbl") this.#closeTable();
    else if (name === "txBody" && this.#rows === null) this.#closeShape();
  }

  #openParagraph(): void {
    this.#paragraph = "";
    this.#depth = 0;
  }

  #closeParagraph(): void {
    const text = this.#paragraph.trim();
    if (text !== "") this.#paragraphs.push({ text, depth: this.#depth });
    this.#paragraph = "";
  }

  #closeCell(): void {
    this.#rows?.at(-1)?.push(this.#paragraphs.map(({ text }) => text).join(" "));
    this.#paragraphs = [];
  }

  #closeTable(): void {
    const table = this.#builder.table();
    for (const row of this.#rows ?? []) table.row(row);
    table.end();
    this.#rows = null;
  }

  #closeShape(): void {
    const paragraphs = this.#paragraphs;
    this.#paragraphs = [];
    if (paragraphs.length === 0 || LEFT_OUT.has(this.#place)) return;
    const texts = paragraphs.map(({ text }) => text);
    if (this.#place === "title" || this.#place === "ctrTitle") {
      this.#builder.heading(1, texts.join(" "));
    } else if (paragraphs.length === 1 || this.#prefix !== "") {
      this.#builder.block("paragraph", this.#prefix + texts.join("\n"));
    } else {
      const items = paragraphs.map(
        ({ text, depth }) => `${"  ".repeat(depth)}- ${text.replaceAll("\n", " ")}`,
      );
      this.#builder.block("list", items.join("\n"));
    }
  }
}
