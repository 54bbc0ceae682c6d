/**
 * Text as the indexes of both engines see it: words in one spelling. The engines stem them. The same goes for
 * questions, so that what was indexed is found.
 */
import { createHash } from "node:crypto";

/** A word longer than this is data, not language: a key, an encoded file. */
const MAX_WORD_LENGTH = 64;

/** More words than this of a question are not looked at. */
const MAX_QUERY_WORDS = 128;

const WORD = /[\p{L}\p{N}\p{M}]+/gu;
const ASCII_WORD = /[A-Za-z0-9]+/g;
// oxlint-disable-next-line no-control-regex -- ASCII is what it looks for
const ASCII = /^[\u0000-\u007f]*$/;

/** Accents of Latin, Greek and Cyrillic letters, once they stand apart from them. */
const ACCENTS = /[\u0300-\u036f]+/g;

/** Scripts that are written without spaces between words, or whose words change their endings freely. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]+/gu;

/** The 127 words that PostgreSQL's English dictionary leaves out as well. */
const STOP_WORDS = new Set(
  `i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her hers herself
  it its itself they them their theirs themselves what which who whom this that these those am is are was were be
  been being have has had having do does did doing a an the and but if or because as until while of at by for with
  about against between into through during before after above below to from up down in out on off over under again
  further then once here there when where why how all any both each few more most other some such no nor not only
  own same so than too very s t can will just don should now`.split(/\s+/),
);

/** Words in such scripts are looked for by each two neighbouring characters. */
function toPairs(run: string): string {
  const characters = Array.from(run);
  if (characters.length < 2) return ` ${run} `;
  const pairs = characters.slice(1).map((character, index) => `${characters[index]}${character}`);
  return ` ${pairs.join(" ")} `;
}

function splitWords(text: string): readonly string[] {
  if (ASCII.test(text)) return text.match(ASCII_WORD) ?? [];
  const plain = text.normalize("NFKD").replace(ACCENTS, "").normalize("NFC");
  return plain.replace(UNSPACED, toPairs).match(WORD) ?? [];
}

/** The words of a text, in its order and its own upper and lower case. */
export function toIndexWords(text: string): string[] {
  return splitWords(text).filter((word) => word.length <= MAX_WORD_LENGTH);
}

/** The same with spaces between. */
export function toIndexText(text: string): string {
  return toIndexWords(text).join(" ");
}

/** 1 for the codes of ASCII letters and digits. */
const ALPHANUMERIC = Uint8Array.from({ length: 128 }, (_, code) =>
  /[A-Za-z0-9]/.test(String.fromCharCode(code)) ? 1 : 0,
);

/** Whether ASCII text has a word that is too long. Such a word is met by looking at every so many characters. */
function hasLongWord(text: string): boolean {
  for (let met = MAX_WORD_LENGTH; met < text.length; met += MAX_WORD_LENGTH + 1) {
    let [begin, end] = [met, met];
    while (end < text.length && ALPHANUMERIC[text.charCodeAt(end)] === 1) end++;
    if (end === met) continue;
    while (begin > 0 && ALPHANUMERIC[text.charCodeAt(begin - 1)] === 1) begin--;
    if (end - begin > MAX_WORD_LENGTH) return true;
  }
  return false;
}

/**
 * The same words for a tokenizer that splits ASCII where we do, as that of SQLite: what needs no change stays as it is, with
 * all that stands between the words. That is most of most texts, and takes a fraction of the time.
 */
export function toSplittableText(text: string): string {
  if (ASCII.test(text) && !hasLongWord(text)) return text;
  let result = "";
  /** Up to where the text is in the result, and where the run of letters, digits and anything foreign has begun. */
  let [done, begin] = [0, 0];
  let foreign = false;
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : 0;
    if (code > 127) foreign = true;
    else if (ALPHANUMERIC[code] === 0) {
      if (foreign || i - begin > MAX_WORD_LENGTH) {
        result += `${text.slice(done, begin)} ${toIndexText(text.slice(begin, i))} `;
        done = i;
      }
      begin = i + 1;
      foreign = false;
    }
  }
  return done === 0 ? text : result + text.slice(done);
}

/** The words that a question is looked for by: lower case, each once, without those that stand everywhere. */
export function toQueryWords(query: string): string[] {
  const words = new Set<string>();
  for (const word of splitWords(query)) {
    const lower = word.toLowerCase();
    if (lower.length <= MAX_WORD_LENGTH && !STOP_WORDS.has(lower)) words.add(lower);
    if (words.size === MAX_QUERY_WORDS) break;
  }
  return [...words];
}

/**
 * A word that stands in every entry of this owner's and in no other's, so that the index passes over those of
 * others. It stands apart from the words of texts; owners are compared as well, so a collision shows nothing.
 */
export function ownerWord(ownerId: string): string {
  return `o${createHash("sha256").update(ownerId).digest("hex").slice(0, 16)}`;
}
