/** The primitives that every other schema is made of: bounded text, ids, times, lists. */
import { z } from "zod";

/**
 * True for text that every store can hold and every client can read back unchanged:
 * well-formed UTF-16 and no U+0000, which PostgreSQL refuses in a text column.
 */
function isStorable(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}

/** Counts Unicode characters; an emoji is one, whatever its length in UTF-16. */
function characters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

/**
 * A string of `min` to `max` Unicode characters, as JSON Schema counts them.
 * Refuses U+0000 and lone surrogates.
 */
export function text(min: number, max: number): z.ZodString {
  const length = min > 0 ? `${min} to ${max}` : `at most ${max}`;
  return z
    .string()
    .refine((value) => value.length <= max || characters(value) <= max, {
      error: `must have ${length} characters`,
    })
    .refine((value) => value.length >= min, { error: `must have ${length} characters` })
    .refine(isStorable, { error: "must be well-formed Unicode without the character U+0000" })
    .meta({ minLength: min, maxLength: max });
}

const ID_BODY = "[0-9A-HJKMNP-TV-Z]{26}";

/** The kinds of id that exist today, by prefix. */
export type IdPrefix =
  | "conv"
  | "msg"
  | "run"
  | "key"
  | "usr"
  | "br"
  | "prof"
  | "doc"
  | "chk"
  | "job"
  | "tkt"
  | "call"
  | "evt";

/** An id: a prefix for its kind, and 26 characters that sort by the time of creation. */
export function id(prefix: IdPrefix): z.ZodString {
  return z.string().regex(new RegExp(`^${prefix}_${ID_BODY}$`), {
    error: `must be an id of the form ${prefix}_… (26 letters and digits)`,
  });
}

/** RFC 3339 in UTC. */
export const Timestamp: z.ZodISODateTime = z.iso.datetime().describe("RFC 3339, UTC");

/** A name that a person gives: a user, a key. */
export const Name: z.ZodString = text(1, 200);

/** A user's id: given by the operator, or made here with the prefix `usr_`. */
export const UserId: z.ZodString = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.@:-]{0,127}$/, {
  error: "must be 1 to 128 letters, digits or any of _ . @ : -, and begin with a letter or digit",
});

const MAX_METADATA_KEYS = 16;

/** At most 16 keys with short strings: kept as given, never interpreted. */
export const Metadata = z
  .record(text(1, 64), text(0, 512))
  .refine((value) => Object.keys(value).length <= MAX_METADATA_KEYS, {
    error: `must have at most ${MAX_METADATA_KEYS} keys`,
  })
  .meta({ maxProperties: MAX_METADATA_KEYS });
export type Metadata = z.infer<typeof Metadata>;

/** Query parameters of every list. */
export const Page = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: text(1, 1000).optional(),
});
export type Page = z.infer<typeof Page>;

/** The answer of every list: `next_cursor` is null on the last page. */
export function listOf<T extends z.ZodType>(
  item: T,
): z.ZodObject<{ data: z.ZodArray<T>; next_cursor: z.ZodNullable<z.ZodString> }> {
  return z.object({ data: z.array(item), next_cursor: z.string().nullable() });
}
