/** Web pages: headings, paragraphs, lists, tables and code of what a reader sees. Nothing is run, loaded or resolved. */
import { Parser } from "htmlparser2";
import type { DocumentBuilder } from "../builder.ts";
import type { ParsedDocument } from "../document.ts";
import { decodeText } from "../encoding.ts";
import { DocumentError } from "../errors.ts";
import type { ParseLimits } from "../limits.ts";
import { HtmlContent } from "./html-content.ts";

const HTML = "text/html";

/** Elements whose content is no text of the page. */
const LEFT_OUT = new Set(
  "script style noscript template svg math iframe object canvas audio video nav button select textarea head dialog".split(
    " ",
  ),
);

/** Of what is left out, elements that are in the head and are looked at all the same. */
const ABOUT = new Set(["title", "meta"]);

/** A page whose main part has less text than this has marked the wrong part. */
const MIN_MAIN_LENGTH = 200;

export interface HtmlAbout {
  title: string;
  metadata: Record<string, unknown>;
}

/** Reads a page into the builder. */
export function parseHtml(
  bytes: Buffer,
  builder: DocumentBuilder,
  limits: ParseLimits,
): ParsedDocument {
  const declared = /<meta[^>]{1,200}?charset\s*=\s*["']?([\w-]{1,40})/i.exec(
    bytes.toString("latin1", 0, 2048),
  )?.[1];
  const { title, metadata } = readHtml(decodeText(bytes, declared) ?? "", builder, limits);
  return builder.finish({
    mimeType: HTML,
    title,
    metadata,
    whenEmpty: "The page has no text in it. If scripts fill it, save it from the browser as PDF.",
  });
}

/**
 * Puts the text of a page, of its main part if it marks one, into a document; returns what its head says. In `xhtml`
 * any element may be closed at once: `<title/>`.
 */
export function readHtml(
  html: string,
  builder: DocumentBuilder,
  limits: ParseLimits,
  { xhtml = false } = {},
): HtmlAbout {
  const about: HtmlAbout = { title: "", metadata: {} };
  const content = new HtmlContent(limits);
  const reader = new HtmlReader(content, about, limits);
  const parser = new Parser(reader, { recognizeSelfClosing: xhtml });
  // In pieces: the parser keeps what it is given until it has read all of it.
  for (let at = 0; at < html.length; at += 65_536) parser.write(html.slice(at, at + 65_536));
  parser.end();
  content.writeTo(builder, MIN_MAIN_LENGTH);
  return about;
}

function isHidden(name: string, attributes: Record<string, string>): boolean {
  return (
    LEFT_OUT.has(name) ||
    "hidden" in attributes ||
    attributes["aria-hidden"] === "true" ||
    /display\s*:\s*none|visibility\s*:\s*hidden/i.test((attributes["style"] ?? "").slice(0, 500))
  );
}

/** Follows the tags, keeping track of what is seen. */
class HtmlReader {
  readonly #content: HtmlContent;
  readonly #about: HtmlAbout;
  readonly #limits: ParseLimits;
  /** For each open element, whether it hides its content. */
  readonly #hides: boolean[] = [];
  #hidden = 0;
  #inTitle = false;

  constructor(content: HtmlContent, about: HtmlAbout, limits: ParseLimits) {
    this.#content = content;
    this.#about = about;
    this.#limits = limits;
  }

  onopentag(name: string, attributes: Record<string, string>): void {
    const hides = isHidden(name, attributes);
    this.#hides.push(hides);
    if (this.#hides.length > this.#limits.depth) {
      throw new DocumentError(
        "limit",
        `The page has more than ${this.#limits.depth} elements inside each other. Save it from a browser again, or as PDF.`,
      );
    }
    if (ABOUT.has(name)) this.#openAbout(name, attributes);
    if (hides) this.#hidden++;
    if (this.#hidden === 0) this.#content.open(name, attributes);
  }

  ontext(text: string): void {
    if (this.#inTitle && this.#about.title.length < 1000) this.#about.title += text;
    else if (this.#hidden === 0 && !this.#inTitle) this.#content.text(text);
  }

  onclosetag(name: string): void {
    const hides = this.#hides.pop() ?? false;
    if (name === "title") this.#inTitle = false;
    if (this.#hidden === 0) this.#content.close(name);
    if (hides) this.#hidden--;
  }

  #openAbout(name: string, attributes: Record<string, string>): void {
    // A drawing may have a title too: the page's own comes first.
    if (name === "title") this.#inTitle = this.#about.title === "";
    const { name: key = "", content } = attributes;
    if (/^(?:author|description|keywords)$/i.test(key)) {
      this.#about.metadata[key.toLowerCase()] ??= content;
    }
  }
}
