/** Reading XML as a stream of events: no tree, no document types, so no entities but the five of XML itself. */
import { TextDecoder } from "node:util";
import { Parser } from "htmlparser2";
import { DocumentError } from "./errors.ts";
import type { ParseLimits } from "./limits.ts";

export type Attributes = Readonly<Record<string, string>>;

/** Called in document order. Names come without their namespace prefix. */
export interface XmlHandler {
  open?(name: string, attributes: Attributes): void;
  close?(name: string): void;
  text?(text: string): void;
}

function localName(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

/** A parser that counts how deep it is. */
function parserFor(handler: XmlHandler, limits: ParseLimits): Parser {
  let depth = 0;
  return new Parser(
    {
      onopentag(name, attributes) {
        depth++;
        if (depth > limits.depth) {
          throw new DocumentError(
            "limit",
            `The file has more than ${limits.depth} elements inside each other. Open it, save it again and upload it again.`,
          );
        }
        handler.open?.(localName(name), attributes);
      },
      onclosetag(name) {
        depth--;
        handler.close?.(localName(name));
      },
      ontext: (text) => handler.text?.(text),
    },
    { xmlMode: true },
  );
}

/** The encoding of XML by its first bytes: a mark, the declaration, or UTF-8. */
function encodingOf(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  const declaration = bytes.toString("latin1", 0, 200);
  return (
    /^[^<]{0,3}<\?xml[^>]{0,100}?encoding=["']([\w.-]{1,40})["']/.exec(declaration)?.[1] ?? "utf-8"
  );
}

function decoderFor(bytes: Buffer): TextDecoder {
  try {
    return new TextDecoder(encodingOf(bytes));
  } catch {
    return new TextDecoder("utf-8");
  }
}

/** Reads XML that comes in pieces. Malformed XML is read as far as it makes sense. */
export async function readXml(
  pieces: AsyncIterable<Buffer>,
  handler: XmlHandler,
  limits: ParseLimits,
): Promise<void> {
  const parser = parserFor(handler, limits);
  let decoder: TextDecoder | null = null;
  for await (const piece of pieces) {
    decoder ??= decoderFor(piece);
    parser.write(decoder.decode(piece, { stream: true }));
  }
  parser.end(decoder?.decode());
}

/** An attribute by its name without prefix. */
export function attribute(attributes: Attributes, name: string): string | undefined {
  const exact = attributes[name];
  if (exact !== undefined) return exact;
  const key = Object.keys(attributes).find((each) => localName(each) === name);
  return key === undefined ? undefined : attributes[key];
}
