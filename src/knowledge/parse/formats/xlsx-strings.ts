/** The texts of workbooks: kept apart from the cells, and with formatting in them. */
import { DocumentError } from "../errors.ts";
import type { ParseLimits } from "../limits.ts";
import type { OfficeFile } from "./ooxml.ts";

/** The texts that cells refer to by number. */
export async function sharedStrings(
  file: OfficeFile,
  part: string | undefined,
  limits: ParseLimits,
): Promise<string[]> {
  const strings: string[] = [];
  if (part === undefined) return strings;
  const reader = new StringReader();
  let length = 0;
  await file.read(part, {
    open: (name) => reader.open(name),
    text: (text) => reader.text(text),
    close(name) {
      reader.close(name);
      if (name !== "si") return;
      const text = reader.take();
      length += text.length;
      if (length > limits.textLength) throw tooMuchText(limits);
      strings.push(text);
    },
  });
  return strings;
}

function tooMuchText({ textLength }: ParseLimits): DocumentError {
  return new DocumentError(
    "limit",
    `The workbook has more than ${textLength / 1_000_000} million characters of text. Split it.`,
  );
}

/** Text with formatting: runs (`t`), without the phonetic guides (`rPh`). */
export class StringReader {
  #text = "";
  #inText = false;
  #inGuide = false;

  open(name: string): void {
    if (name === "rPh") this.#inGuide = true;
    else if (name === "t") this.#inText = true;
  }

  text(text: string): void {
    if (this.#inText && !this.#inGuide) this.#text += text;
  }

  close(name: string): void {
    if (name === "rPh") this.#inGuide = false;
    else if (name === "t") this.#inText = false;
  }

  take(): string {
    const text = this.#text;
    this.#text = "";
    return text;
  }
}
