/** From the bytes of a file to a document. Runs in the child processes of the pool: it may take time and memory. */
import { DocumentBuilder } from "./builder.ts";
import { type Binary, type Claim, detectBinary, detectText } from "./detect.ts";
import type { ParsedDocument } from "./document.ts";
import { decodeText } from "./encoding.ts";
import { DocumentError } from "./errors.ts";
import { PARSE_LIMITS, type ParseLimits } from "./limits.ts";
import type { ZipArchive } from "./zip.ts";

/** How much of a text decides which kind it is, in bytes. */
const HEAD = 16_384;

/**
 * Parses a file by what its bytes are. Throws a DocumentError when they are no document; parsers are loaded when the
 * first file of their kind comes.
 */
export async function parseBytes(
  bytes: Buffer,
  claim: Claim,
  limits: ParseLimits = PARSE_LIMITS,
): Promise<ParsedDocument> {
  try {
    const builder = new DocumentBuilder(limits);
    const binary = detectBinary(bytes, limits);
    return await (binary
      ? parseBinary(bytes, binary, builder, limits)
      : parseText(bytes, claim, builder, limits));
  } catch (error) {
    if (error instanceof DocumentError) throw error;
    throw new DocumentError(
      "damaged",
      "The file could not be read: it is damaged, or is not what it seems. Open it, save it again and upload it again.",
      { cause: error },
    );
  }
}

async function parseBinary(
  bytes: Buffer,
  binary: Binary,
  builder: DocumentBuilder,
  limits: ParseLimits,
): Promise<ParsedDocument> {
  if (binary.format === "pdf") {
    return (await import("./formats/pdf.ts")).parsePdf(bytes, builder, limits);
  }
  if (binary.format === "epub") {
    return (await import("./formats/epub.ts")).parseEpub(binary.archive, builder, limits);
  }
  return parseOffice(binary.format, binary.archive, builder, limits);
}

async function parseOffice(
  format: "docx" | "pptx" | "xlsx",
  archive: ZipArchive,
  builder: DocumentBuilder,
  limits: ParseLimits,
): Promise<ParsedDocument> {
  const { OfficeFile } = await import("./formats/ooxml.ts");
  const file = new OfficeFile(archive, limits);
  if (format === "docx") return (await import("./formats/docx.ts")).parseDocx(file, builder);
  if (format === "pptx") return (await import("./formats/pptx.ts")).parsePptx(file, builder);
  return (await import("./formats/xlsx.ts")).parseXlsx(file, builder, limits);
}

async function parseText(
  bytes: Buffer,
  claim: Claim,
  builder: DocumentBuilder,
  limits: ParseLimits,
): Promise<ParsedDocument> {
  const head = decodeText(bytes.subarray(0, HEAD));
  const format = detectText(head ?? "", claim);
  if (format === "email") {
    const { parseEmail } = await import("./formats/email.ts");
    return parseEmail(bytes, builder, limits);
  }
  if (format === "html") {
    const { parseHtml } = await import("./formats/html.ts");
    return parseHtml(bytes, builder, limits);
  }
  const charset = /charset=["']?([\w-]{1,40})/i.exec(claim.mimeType ?? "")?.[1];
  const text = decodeText(bytes, charset);
  if (text === null) {
    throw new DocumentError(
      "unsupported",
      "The file is neither text nor a document of a known format. Save it as PDF, DOCX or plain text and upload that.",
    );
  }
  return parseDecoded(text, format, builder, limits);
}

async function parseDecoded(
  text: string,
  format: "markdown" | "csv" | "json" | "plain",
  builder: DocumentBuilder,
  limits: ParseLimits,
): Promise<ParsedDocument> {
  if (format === "json") {
    const { parseJson, readJson } = await import("./formats/json.ts");
    const value = readJson(text);
    if (value !== undefined) return parseJson(value, builder);
  }
  if (format === "markdown")
    return (await import("./formats/markdown.ts")).parseMarkdown(text, builder);
  if (format === "csv") return (await import("./formats/csv.ts")).parseCsv(text, builder, limits);
  return (await import("./formats/plain.ts")).parsePlain(text, builder);
}
