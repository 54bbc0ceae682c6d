/** E-mail: who wrote to whom about what, the text, and the names of the attachments, which are not opened. */
import PostalMime, { type Address, type Email } from "postal-mime";
import type { DocumentBuilder } from "../builder.ts";
import type { ParsedDocument } from "../document.ts";
import { DocumentError } from "../errors.ts";
import type { ParseLimits } from "../limits.ts";
import { cleanText, oneLine } from "../text.ts";
import { readHtml } from "./html.ts";
import { paragraphs } from "./plain.ts";

const EMAIL = "message/rfc822";

/** Parts of a message inside each other. */
const MAX_PARTS_DEPTH = 50;

/** Names of attachments that are listed. */
const MAX_ATTACHMENTS = 100;

/** Reads a message into the builder. */
export async function parseEmail(
  bytes: Buffer,
  builder: DocumentBuilder,
  limits: ParseLimits,
): Promise<ParsedDocument> {
  const email = await read(bytes);
  const { subject, date } = email;
  const [from, to, cc] = [email.from ? [email.from] : [], email.to, email.cc].map(addresses);
  const headers = { Subject: subject, From: from, To: to, Cc: cc, Date: date };
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value ? [`${name}: ${oneLine(value)}`] : [],
  );
  builder.block("paragraph", lines.join("\n"));
  writeBody(email, builder, limits);
  writeAttachments(email, builder);
  return builder.finish({
    mimeType: EMAIL,
    title: subject,
    metadata: { from, to, cc, date, message_id: email.messageId },
  });
}

async function read(bytes: Buffer): Promise<Email> {
  try {
    return await PostalMime.parse(bytes, {
      maxNestingDepth: MAX_PARTS_DEPTH,
      maxRfc822NestingDepth: 5,
    });
  } catch (error) {
    throw new DocumentError(
      "damaged",
      "The message could not be read: its parts are nested too deeply, or its headers are too long. " +
        "Save the text as a document and upload that.",
      { cause: error },
    );
  }
}

function addresses(all: readonly Address[] | undefined): string {
  const flat = (all ?? []).flatMap((each) => each.group ?? [each]);
  return flat
    .map(({ name, address }) => (name && address ? `${name} <${address}>` : name || address))
    .join(", ");
}

function writeBody(email: Email, builder: DocumentBuilder, limits: ParseLimits): void {
  const text = cleanText(email.text ?? "");
  if (text.trim() !== "") builder.verbatim(text.trimEnd(), paragraphs(text.trimEnd()));
  else if (email.html !== undefined) readHtml(email.html, builder, limits);
}

function writeAttachments({ attachments }: Email, builder: DocumentBuilder): void {
  const names = attachments.flatMap(({ filename, mimeType }) =>
    filename ? [`- ${oneLine(filename)} (${oneLine(mimeType)})`] : [],
  );
  if (names.length === 0) return;
  builder.block("paragraph", "Attachments:");
  builder.block("list", names.slice(0, MAX_ATTACHMENTS).join("\n"));
}
