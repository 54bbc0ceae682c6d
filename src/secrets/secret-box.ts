/** Secrets at rest: AES-256-GCM, bound to the place that they belong to. */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { WorkflowConfigurationError } from "../workflow/errors.ts";
import type { SecretBox } from "../workflow/ports/tool-servers.ts";

const ALGORITHM = "aes-256-gcm";
/** The form of what is sealed: `1.<key id>.<nonce>.<text and tag>`. */
const VERSION = "1";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The keys that are at hand: the first one seals, all of them open. Empty: there is none. */
export type KeySource = () => Promise<readonly Uint8Array[]>;

/** Tells keys apart, and nothing about them. */
function idOf(key: Uint8Array): string {
  const hash = createHash("sha256").update("chatter secret key id\0").update(key).digest();
  return hash.subarray(0, 6).toString("base64url");
}

/** What is authenticated beside the text: a secret that is moved to another row does not open there. */
function bind(keyId: string, place: string): Buffer {
  return Buffer.from(JSON.stringify([VERSION, keyId, place]));
}

function encrypt(key: Uint8Array, text: string, place: string): string {
  const keyId = idOf(key);
  // A new random nonce for every text: 96 bits are far more than the few secrets of a server ever need.
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(bind(keyId, place));
  const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return [VERSION, keyId, nonce.toString("base64url"), sealed.toString("base64url")].join(".");
}

function decrypt(key: Uint8Array, nonce: Buffer, sealed: Buffer, aad: Buffer): string {
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const text = decipher.update(sealed.subarray(0, -TAG_BYTES));
  return Buffer.concat([text, decipher.final()]).toString("utf8");
}

function unreadable(why: string, cause?: unknown): WorkflowConfigurationError {
  const error = new WorkflowConfigurationError(`A stored secret cannot be read: ${why}.`, {
    missingParameter: "CHATTER_SECRET_KEY",
  });
  error.cause = cause;
  return error;
}

/** A box over keys. `howToGetKey` ends the error of a server that has none: what to set. */
export function createSecretBox(keys: KeySource, howToGetKey: string): SecretBox {
  return {
    seal: async (text, place) => {
      const [key] = await keys();
      if (key) return encrypt(key, text, place);
      throw new WorkflowConfigurationError(
        `This server has no key to keep secrets with. ${howToGetKey}`,
        { missingParameter: "CHATTER_SECRET_KEY" },
      );
    },
    open: async (sealed, place) => {
      const [version, keyId = "", nonce = "", body = ""] = sealed.split(".");
      if (version !== VERSION) throw unreadable("it has a form that this version does not know");
      const key = (await keys()).find((each) => idOf(each) === keyId);
      if (!key) {
        throw unreadable(
          `the key ${keyId} that it was sealed with is not there: add it to CHATTER_SECRET_KEY, after a comma`,
        );
      }
      try {
        const bytes = Buffer.from(body, "base64url");
        return decrypt(key, Buffer.from(nonce, "base64url"), bytes, bind(keyId, place));
      } catch (cause) {
        throw unreadable("it was changed, or belongs to something else", cause);
      }
    },
  };
}
