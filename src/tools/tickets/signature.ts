/** Signatures of webhooks, in the form of Standard Webhooks (https://www.standardwebhooks.com). */
import { createHmac } from "node:crypto";

/** What a secret begins with; the rest is base64. */
const SECRET_PREFIX = "whsec_";

/** The key of a secret: what stands in base64 behind its prefix. */
export function keyOf(secret: string): Buffer {
  return Buffer.from(secret.slice(SECRET_PREFIX.length), "base64");
}

/** A message as it is signed; `timestamp` is in seconds since 1970, `body` exactly what is sent. */
export interface SignedMessage {
  readonly id: string;
  readonly timestamp: number;
  readonly body: string;
}

/** The headers that prove where a message comes from. */
export function signedHeaders(
  { id, timestamp, body }: SignedMessage,
  secret: string,
): Record<string, string> {
  const signature = createHmac("sha256", keyOf(secret))
    .update(`${id}.${timestamp}.${body}`)
    .digest("base64");
  return {
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": `v1,${signature}`,
  };
}
