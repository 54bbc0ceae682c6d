/** What a file is, by its content. Its name and its declared type only tell kinds of text apart. */
import { DocumentError } from "./errors.ts";
import type { ParseLimits } from "./limits.ts";
import { ZipArchive } from "./zip.ts";

/** What the name and the sender say of a file. */
export interface Claim {
  readonly name: string;
  readonly mimeType?: string | undefined;
}

export type Binary =
  | { readonly format: "pdf" }
  | { readonly format: "docx" | "pptx" | "xlsx" | "epub"; readonly archive: ZipArchive };

export type TextFormat = "html" | "markdown" | "csv" | "json" | "email" | "plain";

const READABLE =
  "Documents are read from PDF, DOCX, PPTX, XLSX, EPUB, HTML, Markdown, CSV, JSON, e-mail (.eml) and plain text.";

function unsupported(what: string, advice: string = READABLE): DocumentError {
  return new DocumentError("unsupported", `This is ${what}, which is not supported. ${advice}`);
}

/** Files that are often mistaken for documents, by their first bytes ("?" stands for any). */
const KNOWN: readonly (readonly [start: string, what: string])[] = [
  ["\x89PNG", "a PNG image"],
  ["\xff\xd8\xff", "a JPEG image"],
  ["GIF8", "a GIF image"],
  ["BM????\0\0\0\0", "a BMP image"],
  ["II*\0", "a TIFF image"],
  ["MM\0*", "a TIFF image"],
  ["RIFF????WEBP", "a WebP image"],
  ["RIFF", "sound or video"],
  ["????ftyp", "video, sound or an image"],
  ["ID3", "an MP3 sound"],
  ["OggS", "sound or video"],
  ["\x1a\x45\xdf\xa3", "video"],
  ["MZ", "a program"],
  ["\x7fELF", "a program"],
  ["\xca\xfe\xba\xbe", "a program"],
  ["\xcf\xfa\xed\xfe", "a program"],
  ["\0asm", "a program"],
  ["\x1f\x8b", "a gzip archive"],
  ["BZh", "a bzip2 archive"],
  ["\xfd7zXZ\0", "an xz archive"],
  ["\x28\xb5\x2f\xfd", "a zstd archive"],
  ["7z\xbc\xaf\x27\x1c", "a 7z archive"],
  ["Rar!\x1a\x07", "a RAR archive"],
  ["SQLite format 3\0", "a SQLite database"],
  ["wOFF", "a font"],
  ["wOF2", "a font"],
];

function startsWith(bytes: Buffer, start: string): boolean {
  return Array.from(start).every(
    (unit, index) => unit === "?" || bytes[index] === unit.charCodeAt(0),
  );
}

/** What is no text, by its first bytes. Null for text; a DocumentError for what is not supported. */
export function detectBinary(bytes: Buffer, limits: ParseLimits): Binary | null {
  if (bytes.length === 0) {
    throw new DocumentError("empty", "The file is empty: it has no bytes. Upload it again.");
  }
  if (isPdf(bytes)) return { format: "pdf" };
  if (startsWith(bytes, "PK\x03\x04") || startsWith(bytes, "PK\x05\x06")) {
    return detectArchive(new ZipArchive(bytes, limits));
  }
  if (startsWith(bytes, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) throw oldOffice(bytes);
  if (startsWith(bytes, "{\\rtf")) {
    throw unsupported("an RTF document", "Save it as DOCX or PDF and upload that.");
  }
  if (startsWith(bytes, "%!PS")) throw unsupported("PostScript", "Save it as PDF and upload that.");
  // A text may begin with the letters of a program; it has no zeros.
  const known = bytes.subarray(0, 4096).includes(0)
    ? KNOWN.find(([start]) => startsWith(bytes, start))
    : undefined;
  if (known) throw unsupported(known[1]);
  return null;
}

/** Its mark is at the start, or, as readers allow, in the first kilobyte of what ends like a PDF. */
function isPdf(bytes: Buffer): boolean {
  const at = bytes.subarray(0, 1024).indexOf("%PDF-");
  return at === 0 || (at > 0 && bytes.subarray(-2048).includes("startxref"));
}

/** The container of the Office of before 2007, which the newer one uses for encrypted files. */
function oldOffice(bytes: Buffer): DocumentError {
  if (bytes.includes(Buffer.from("EncryptedPackage", "utf16le"))) {
    return new DocumentError(
      "encrypted",
      "The document is protected by a password. Remove the protection and upload it again.",
    );
  }
  return unsupported(
    "a file of an old Office format (DOC, XLS, PPT or MSG)",
    "Save it as DOCX, XLSX, PPTX or PDF and upload that.",
  );
}

function detectArchive(archive: ZipArchive): Binary {
  const { names } = archive;
  const has = (prefix: string): boolean => names.some((name) => name.startsWith(prefix));
  if (archive.has("[Content_Types].xml")) {
    if (has("word/")) return { format: "docx", archive };
    if (has("ppt/")) return { format: "pptx", archive };
    if (archive.has("xl/workbook.bin")) {
      throw unsupported("a binary workbook (XLSB)", "Save it as XLSX and upload that.");
    }
    if (has("xl/")) return { format: "xlsx", archive };
  }
  if (archive.has("META-INF/container.xml")) return { format: "epub", archive };
  if (archive.has("content.xml")) {
    throw unsupported(
      "an OpenDocument file",
      "Save it as DOCX, XLSX, PPTX or PDF and upload that.",
    );
  }
  throw unsupported("a zip archive", "Unpack it and upload the files that are in it.");
}

/** Types that texts are declared as, and endings of their names. */
const CLAIMS: readonly (readonly [TextFormat, RegExp, RegExp])[] = [
  ["markdown", /^text\/(?:x-)?markdown$/, /\.(?:md|markdown|mdown|mdx)$/],
  ["csv", /^text\/(?:csv|tab-separated-values)$|^application\/csv$/, /\.(?:csv|tsv)$/],
  ["html", /^text\/html$|^application\/xhtml\+xml$/, /\.(?:html?|xhtml)$/],
  ["email", /^message\/rfc822$/, /\.eml$/],
  ["json", /^application\/(?:json|x-ndjson|jsonl)$|\+json$/, /\.(?:json|jsonl|ndjson)$/],
];

function claimed({ name, mimeType = "" }: Claim): TextFormat | null {
  const type = mimeType.split(";")[0]?.trim().toLowerCase() ?? "";
  const ending = name.toLowerCase();
  const byName = CLAIMS.find(([, , pattern]) => pattern.test(ending));
  return (byName ?? CLAIMS.find(([, pattern]) => pattern.test(type)))?.[0] ?? null;
}

/** Headers that messages have; two of them at the top make a text a message. */
const MAIL_HEADER =
  /^(?:from|to|subject|date|received|return-path|delivered-to|message-id|mime-version|content-type|dkim-signature):/i;

function looksLikeEmail(head: string): boolean {
  const [top = ""] = head.split(/\r?\n\r?\n/);
  const lines = top.split(/\r?\n/);
  const isHeader = (line: string): boolean => /^(?:[!-9;-~]{1,76}:|[ \t])/.test(line);
  // The last line may be cut off.
  const others = lines.slice(0, Math.max(1, lines.length - 1));
  const named = new Set(lines.flatMap((line) => MAIL_HEADER.exec(line)?.[0].toLowerCase() ?? []));
  return others.every(isHeader) && named.size >= 2;
}

/** The text without the white space, comments and processing instructions that it begins with. */
function withoutPrologue(text: string): string {
  let rest = text.trimStart();
  for (;;) {
    const ending = rest.startsWith("<!--") ? "-->" : rest.startsWith("<?") ? "?>" : null;
    const end = ending === null ? -1 : rest.indexOf(ending);
    if (ending === null || end === -1) return rest;
    rest = rest.slice(end + ending.length).trimStart();
  }
}

function looksLikeHtml(head: string): boolean {
  return /^<(?:!doctype\s{1,10}html|html|head|body)\b/i.test(withoutPrologue(head).slice(0, 100));
}

/** Which kind of text a file is. `head` is its beginning; only what is surely one thing overrules its name. */
export function detectText(head: string, claim: Claim): TextFormat {
  const kind = claimed(claim);
  if (looksLikeHtml(head)) return "html";
  if (kind === "email" || kind === null) {
    if (looksLikeEmail(head)) return "email";
    if (kind === null && /^\s*[[{]/.test(head)) return "json";
  }
  return kind === "email" ? "plain" : (kind ?? "plain");
}
