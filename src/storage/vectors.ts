/** Vectors as they are stored: 32-bit floats, little-endian, of unit length together. */
import { endianness } from "node:os";

if (endianness() !== "LE")
  throw new Error("Vectors are stored little-endian; this processor is not.");

/** The bytes of a vector, without a copy. */
export function bytesOf(vector: Float32Array): Uint8Array {
  return new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength);
}

/** The vector in these bytes; copied only where they do not lie on a boundary of four. */
export function toVector(bytes: Uint8Array): Float32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes);
  return new Float32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 4);
}

/**
 * The cosine of two vectors of unit length. `offset` is where the second one begins in its array; it has the
 * length of the first. Four sums at once keep the processor busy: this is the inner loop of every exact search.
 */
export function cosine(query: Float32Array, vectors: Float32Array, offset = 0): number {
  const length = query.length;
  const even = length - (length % 4);
  let [first, second, third, fourth] = [0, 0, 0, 0];
  for (let i = 0; i < even; i += 4) {
    const j = offset + i;
    first += (query[i] ?? 0) * (vectors[j] ?? 0);
    second += (query[i + 1] ?? 0) * (vectors[j + 1] ?? 0);
    third += (query[i + 2] ?? 0) * (vectors[j + 2] ?? 0);
    fourth += (query[i + 3] ?? 0) * (vectors[j + 3] ?? 0);
  }
  for (let i = even; i < length; i++) first += (query[i] ?? 0) * (vectors[offset + i] ?? 0);
  return first + second + (third + fourth);
}
