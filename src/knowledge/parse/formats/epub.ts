/** Books: the chapters in their order, each read as the web page that it is. */
import { posix } from "node:path";
import type { DocumentBuilder } from "../builder.ts";
import type { ParsedDocument } from "../document.ts";
import { DocumentError } from "../errors.ts";
import type { ParseLimits } from "../limits.ts";
import { readXml, type XmlHandler } from "../xml.ts";
import type { ZipArchive } from "../zip.ts";
import { readHtml } from "./html.ts";

const EPUB = "application/epub+zip";

/** Reads a book into the builder. */
export async function parseEpub(
  archive: ZipArchive,
  builder: DocumentBuilder,
  limits: ParseLimits,
): Promise<ParsedDocument> {
  const book = new Book(archive, limits);
  const { chapters, about } = await book.read();
  const encrypted = await book.encryptedParts();
  for (const chapter of chapters) {
    if (encrypted.has(chapter)) {
      throw new DocumentError(
        "encrypted",
        "The book is protected by digital rights management. Only books without protection can be read.",
      );
    }
    const pieces: Buffer[] = [];
    for await (const piece of archive.read(chapter)) pieces.push(piece);
    readHtml(Buffer.concat(pieces).toString("utf8"), builder, limits, { xhtml: true });
  }
  const { title, creator, language, publisher, date } = about;
  return builder.finish({
    mimeType: EPUB,
    title,
    metadata: { author: creator, language, publisher, created: date },
  });
}

class Book {
  readonly #archive: ZipArchive;
  readonly #limits: ParseLimits;

  constructor(archive: ZipArchive, limits: ParseLimits) {
    this.#archive = archive;
    this.#limits = limits;
  }

  /** The chapters by name in reading order, and what the book says of itself. */
  async read(): Promise<{ chapters: string[]; about: Record<string, string> }> {
    const root = await this.#root();
    const items = new Map<string, string>();
    const chapters: string[] = [];
    const about: Record<string, string> = {};
    let open = "";
    await this.#xml(root, {
      open(name, { id = "", href = "", idref = "" }) {
        // Of several titles or authors the first one counts.
        open = about[name] === undefined ? name : "";
        if (name === "item") items.set(id, posix.join(posix.dirname(root), unescaped(href)));
        const chapter = name === "itemref" ? items.get(idref) : undefined;
        if (chapter !== undefined) chapters.push(chapter);
      },
      close: () => void (open = ""),
      text(text) {
        if (open !== "") about[open] = (about[open] ?? "") + text;
      },
    });
    return { chapters, about };
  }

  /** Parts that are encrypted; fonts are, in many books that can be read. */
  async encryptedParts(): Promise<Set<string>> {
    const parts = new Set<string>();
    await this.#xml("META-INF/encryption.xml", {
      open(name, { URI: uri = "" }) {
        if (name === "CipherReference") parts.add(unescaped(uri));
      },
    });
    return parts;
  }

  /** The part that lists all others. */
  async #root(): Promise<string> {
    let root = "";
    await this.#xml("META-INF/container.xml", {
      open(name, attributes) {
        if (name === "rootfile" && root === "") root = attributes["full-path"] ?? "";
      },
    });
    return root;
  }

  #xml(part: string, handler: XmlHandler): Promise<void> {
    return readXml(this.#archive.read(part), handler, this.#limits);
  }
}

function unescaped(href: string): string {
  const [path = ""] = href.split("#");
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
