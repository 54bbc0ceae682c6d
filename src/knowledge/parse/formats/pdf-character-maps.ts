/**
 * PDFs of East Asia may name a standard encoding, such as `90ms-RKSJ-H`, and leave it to the reader to know which
 * characters its codes are. The tables for that weigh megabytes; but these encodings are Unicode or those of the web,
 * which Node knows. So the codes are mapped to Unicode here, in the place of the numbers of Adobe's collections.
 */

/** Prefixes of the names of encodings, and how Node names them. */
const LEGACY: readonly (readonly [RegExp, string])[] = [
  [/^(?:GBK|GBKp|GBK2K|GBpc|GB)(?:-EUC)?-[HV]$/, "gb18030"],
  [/^(?:B5pc|ETen-B5|ETenms-B5|HKscs-B5)-[HV]$/, "big5"],
  [/^(?:83pv|90ms|90msp|90pv|Add|Ext)-RKSJ-[HV]$/, "shift_jis"],
  [/^EUC-[HV]$/, "euc-jp"],
  [/^(?:KSC-EUC|KSCms-UHC|KSCms-UHC-HW|KSCpc-EUC)-[HV]$/, "euc-kr"],
];
const UNICODE = /^Uni\w+-(?:UCS2|UTF16)(?:-HW)?-[HV]$/;

/** From the numbers of a collection to Unicode. */
const COLLECTION = /^Adobe-\w+-UCS2$/;

interface MapRequest {
  readonly kind: string;
  readonly filename: string;
}

/** The character maps of one document, and which ones it asked for in vain. */
export class CharacterMaps {
  readonly missing: string[] = [];
  /** Whether the document uses an encoding whose codes are mapped to Unicode. */
  #isUnicode = false;

  /** What the library makes an instance of, to ask for maps by name. */
  get factory(): new () => { fetch(request: MapRequest): Promise<Uint8Array> } {
    const find = (name: string): string | null => this.#find(name);
    const missing = this.missing;
    return class {
      fetch({ kind, filename }: MapRequest): Promise<Uint8Array> {
        const map = kind === "cMapUrl" ? find(filename) : null;
        if (map !== null) return Promise.resolve(Buffer.from(map, "latin1"));
        if (kind === "cMapUrl" && !missing.includes(filename)) missing.push(filename);
        return Promise.reject(new Error(`There is no ${kind} "${filename}" here.`));
      }
    };
  }

  #find(name: string): string | null {
    if (COLLECTION.test(name)) return this.#isUnicode ? toUnicodeMap() : null;
    const legacy = LEGACY.find(([pattern]) => pattern.test(name))?.[1];
    if (legacy === undefined && !UNICODE.test(name)) return null;
    this.#isUnicode = true;
    return legacy === undefined ? unicodeMap(name) : legacyMap(name, legacy);
  }
}

function mapOf(name: string, codes: string, body: string): string {
  const mode = name.endsWith("V") ? 1 : 0;
  return `/CMapName /${name} def\n/WMode ${mode} def\n${codes}\n${body}\nendcmap\n`;
}

/** Numbers that are Unicode already. */
function toUnicodeMap(): string {
  return mapOf("H", wideCodes(), "1 beginbfrange\n<0000> <ffff> <0000>\nendbfrange");
}

/** Codes of two bytes that are Unicode already; both halves of a pair of surrogates stay what they are. */
function unicodeMap(name: string): string {
  return mapOf(name, wideCodes(), "1 begincidrange\n<0000> <ffff> 0\nendcidrange");
}

function wideCodes(): string {
  return "1 begincodespacerange\n<0000> <ffff>\nendcodespacerange";
}

/** Codes of one or two bytes in an encoding of the web. */
function legacyMap(name: string, encoding: string): string {
  const decoder = new TextDecoder(encoding);
  const lines: string[] = [];
  const leads = new Set<number>();
  const add = (...bytes: number[]): void => {
    const text = decoder.decode(Uint8Array.from(bytes));
    if (text.length !== 1 || text === "\ufffd") return;
    if (bytes.length > 1) leads.add(bytes[0] ?? 0);
    lines.push(`<${Buffer.from(bytes).toString("hex")}> ${text.charCodeAt(0)}`);
  };
  for (let byte = 0x20; byte <= 0xff; byte++) add(byte);
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) add(lead, trail);
  }
  return mapOf(
    name,
    codeSpaces(leads),
    `${lines.length} begincidchar\n${lines.join("\n")}\nendcidchar`,
  );
}

/** Which first bytes stand alone, and which begin a pair. */
function codeSpaces(leads: ReadonlySet<number>): string {
  const ranges: string[] = [];
  for (let byte = 0; byte <= 0xff; byte++) {
    const hex = byte.toString(16).padStart(2, "0");
    ranges.push(leads.has(byte) ? `<${hex}40> <${hex}fe>` : `<${hex}> <${hex}>`);
  }
  return `${ranges.length} begincodespacerange\n${ranges.join("\n")}\nendcodespacerange`;
}
