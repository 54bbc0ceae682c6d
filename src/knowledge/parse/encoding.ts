/** From bytes to text, whatever the encoding; or the finding that the bytes are no text. */
import { analyse } from "chardet";

/** How much of a file is looked at to find its encoding, in bytes. */
const SAMPLE = 65_536;

/** At most this share of a text are characters that no text has; more, and it is none. */
const MAX_STRANGE = 0.02;

/** Below this confidence (of 100) the commonest encoding of the West is as good a guess. */
const MIN_CONFIDENCE = 20;

const MARKS: readonly { readonly bytes: readonly number[]; readonly encoding: string }[] = [
  { bytes: [0xef, 0xbb, 0xbf], encoding: "utf-8" },
  { bytes: [0xff, 0xfe, 0, 0], encoding: "utf-32le" },
  { bytes: [0, 0, 0xfe, 0xff], encoding: "utf-32be" },
  { bytes: [0xff, 0xfe], encoding: "utf-16le" },
  { bytes: [0xfe, 0xff], encoding: "utf-16be" },
];

/** The encoding that a byte order mark at the start names. */
function markedEncoding(bytes: Uint8Array): string | null {
  const starts = (mark: readonly number[]): boolean =>
    mark.every((byte, index) => bytes[index] === byte);
  return MARKS.find((mark) => starts(mark.bytes))?.encoding ?? null;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** In UTF-8 with a few broken places, at most this share of what is no ASCII is broken; in other encodings most is. */
const MAX_BROKEN = 0.1;

/** Whether bytes are UTF-8 but for a few: a file that was cut in the middle of a character, or joined from others. */
function isNearlyUtf8(bytes: Uint8Array): boolean {
  const text = new TextDecoder("utf-8").decode(bytes);
  // oxlint-disable-next-line no-control-regex
  const wide = text.match(/[^\0-\u007f]/gu)?.length ?? 0;
  const broken = text.match(/\ufffd/g)?.length ?? 0;
  return broken <= wide * MAX_BROKEN;
}

/** TextDecoder has no UTF-32. */
function decodeUtf32(bytes: Uint8Array, littleEndian: boolean): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: string[] = [];
  for (let offset = 4; offset + 4 <= bytes.length; offset += 4) {
    const point = view.getUint32(offset, littleEndian);
    parts.push(point > 0x10ffff ? "\ufffd" : String.fromCodePoint(point));
  }
  return parts.join("");
}

/** Decodes with an encoding known by its label; null for a label that nobody knows. */
function decodeAs(bytes: Uint8Array, encoding: string): string | null {
  if (encoding.startsWith("utf-32")) return decodeUtf32(bytes, encoding === "utf-32le");
  try {
    return new TextDecoder(encoding).decode(bytes);
  } catch {
    return null;
  }
}

/** What text does not have: control characters, unassigned ones, failures to decode. */
const STRANGE =
  // oxlint-disable-next-line no-control-regex
  /[\0-\u0008\u000e-\u001a\u001c-\u001f\u007f-\u0084\u0086-\u009f\ufffd]|\p{Cn}|\p{Co}|\p{Cs}/gu;

/** The share of strange characters in the beginning of a text. */
function strangeness(text: string): number {
  const sample = text.slice(0, SAMPLE);
  return sample === "" ? 0 : (sample.match(STRANGE)?.length ?? 0) / sample.length;
}

/** UTF-16 both ways round, the likelier first: most texts have more zeros in one half of the pairs of bytes. */
function utf16(bytes: Uint8Array): string[] {
  let balance = 0;
  for (let index = 0; index < Math.min(bytes.length, SAMPLE); index++) {
    if (bytes[index] === 0) balance += index % 2 === 0 ? -1 : 1;
  }
  return balance >= 0 ? ["utf-16le", "utf-16be"] : ["utf-16be", "utf-16le"];
}

/** What the encoding may be that no mark tells, the likeliest first. */
function candidates(bytes: Uint8Array): string[] {
  const sample = bytes.subarray(0, SAMPLE);
  if (Buffer.from(sample).includes("\x1b$", 0, "latin1")) return ["iso-2022-jp", "utf-8"];
  // Bytes that are UTF-8 but for many zeros are UTF-16: no other text has zeros.
  if (isUtf8(bytes)) return ["utf-8", ...utf16(bytes)];
  if (sample.includes(0)) return utf16(bytes);
  if (isNearlyUtf8(sample)) return ["utf-8", "windows-1252"];
  const guesses = analyse(sample).filter(
    ({ name, confidence }) => !/^(?:ASCII|UTF-)/.test(name) && confidence >= MIN_CONFIDENCE,
  );
  return [...guesses.map(({ name }) => name), "windows-1252", ...utf16(bytes)];
}

/** The encoding of a text by its bytes alone; null when they are no text. */
function guessEncoding(bytes: Uint8Array): string | null {
  const marked = markedEncoding(bytes);
  const sample = bytes.subarray(0, SAMPLE);
  const isClean = (encoding: string): boolean => {
    const text = decodeAs(sample, encoding);
    return text !== null && strangeness(text) <= MAX_STRANGE;
  };
  return (marked ? [marked] : candidates(bytes)).find(isClean) ?? null;
}

/**
 * The text of a file, or null when its bytes are no text in any encoding. `declared` is believed where the bytes do not
 * show by themselves that they are Unicode.
 */
export function decodeText(bytes: Uint8Array, declared?: string): string | null {
  const guessed = guessEncoding(bytes);
  if (guessed === null) return null;
  const isUnicode = guessed.startsWith("utf-");
  return (declared && !isUnicode ? decodeAs(bytes, declared) : null) ?? decodeAs(bytes, guessed);
}
