/** Settings of tool servers that come over the API: where they may be, and what their secrets are kept with. */
import { z } from "zod";

const KEY_BYTES = 32;
const HEX = /^[0-9a-f]{64}$/i;
const BASE64 = /^[A-Za-z0-9+/_-]{43}=?$/;

function toKey(text: string): Uint8Array | null {
  if (HEX.test(text)) return Buffer.from(text, "hex");
  if (!BASE64.test(text)) return null;
  const key = Buffer.from(text, "base64");
  return key.length === KEY_BYTES ? key : null;
}

/** Keys of 32 bytes, the one that seals first; what is wrong is said without a word of it. */
export const SecretKeys = z.string().transform((value, context) => {
  const keys = value.split(",").map((each) => toKey(each.trim()));
  const wrong = keys.findIndex((key) => key === null);
  if (wrong < 0) return keys.filter((key) => key !== null);
  const which = keys.length === 1 ? "" : ` (the ${wrong + 1}. is not)`;
  context.addIssue(
    `must be ${KEY_BYTES} random bytes in base64 or hexadecimal, several with commas between them${which}; ` +
      "make one with: openssl rand -base64 32",
  );
  return z.NEVER;
});

/** The address under which browsers reach this server, as far as its paths begin. */
export const PublicUrl = z
  .url({ protocol: /^https?$/, error: "must be a URL that begins with http:// or https://" })
  .refine(
    (value) => {
      const url = URL.parse(value);
      return !url || url.username + url.password + url.search + url.hash === "";
    },
    { error: "must be a URL without a user, a password, a query or a fragment" },
  )
  .transform((value) => value.replace(/\/+$/, ""));
