/** Writes zip archives for tests, true ones and such as lie. */
import { constants, crc32, deflateRawSync } from "node:zlib";

export interface ZipPart {
  readonly name: string;
  /** The content, or what is stored in its place. */
  readonly content: string | Buffer | { readonly packed: Buffer; readonly size: number };
  /** What the archive says of the unpacked size; the truth unless it is given. */
  readonly claimedSize?: number;
  readonly encrypted?: boolean;
  readonly method?: number;
  /** Stand where the part before stands: one packed content, read many times. */
  readonly sharesPlace?: boolean;
}

interface Packed {
  readonly packed: Buffer;
  readonly size: number;
  readonly crc: number;
}

function pack(content: ZipPart["content"]): Packed {
  if (typeof content === "object" && "packed" in content) return { ...content, crc: 0 };
  const bytes = Buffer.from(content);
  return { packed: deflateRawSync(bytes), size: bytes.length, crc: crc32(bytes) };
}

function header(part: ZipPart, { packed, size, crc }: Packed): Buffer {
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(part.encrypted ? 1 : 0, 2);
  common.writeUInt16LE(part.method ?? 8, 4);
  common.writeUInt32LE(crc, 10);
  common.writeUInt32LE(packed.length, 14);
  common.writeUInt32LE(part.claimedSize ?? size, 18);
  common.writeUInt16LE(Buffer.byteLength(part.name), 22);
  return common;
}

/** An archive of the parts in their order. */
export function makeZip(parts: readonly ZipPart[]): Buffer {
  const local: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  let place = 0;
  let last: Packed | null = null;
  for (const part of parts) {
    const packed: Packed = part.sharesPlace && last ? last : pack(part.content);
    const common = header(part, packed);
    const name = Buffer.from(part.name);
    if (!part.sharesPlace || !last) {
      place = offset;
      const entry = Buffer.concat([Buffer.from("PK\x03\x04"), common, name, packed.packed]);
      local.push(entry);
      offset += entry.length;
    }
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(place, 10);
    const made = Buffer.from([20, 0]);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02"), made, common, rest, name]));
    last = packed;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(Math.min(parts.length, 0xffff), 4);
  end.writeUInt16LE(Math.min(parts.length, 0xffff), 6);
  end.writeUInt32LE(entries.length, 8);
  end.writeUInt32LE(offset, 12);
  return Buffer.concat([...local, entries, Buffer.from("PK\x05\x06"), end]);
}

/** Packed content that becomes `unit` as often as is said; small and quick to make, whatever it becomes. */
export function repeated(unit: string, times: number): { packed: Buffer; size: number } {
  const many = Math.max(1, Math.floor(1_000_000 / unit.length));
  const once = unit.repeat(many);
  // A full flush ends on a byte and refers to nothing before it: the packed block may be repeated itself.
  const block = deflateRawSync(once, { finishFlush: constants.Z_FULL_FLUSH });
  const count = Math.ceil(times / many);
  const last = deflateRawSync("");
  return {
    packed: Buffer.concat([...Array.from({ length: count }, () => block), last]),
    size: once.length * count,
  };
}
