/** Who is asking: an API key, the bootstrap key, or the one user of local mode. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import type { CreatedKey, KeyRequest, Scope } from "../contract/keys.ts";
import { invalid, WorkflowError } from "../workflow/errors.ts";
import { newId } from "../workflow/ids.ts";
import type { KeyStore } from "../workflow/ports/stores/keys.ts";
import type { AppEnv, Principal } from "./context.ts";

export interface AuthSettings {
  /** `local`: who presents no key is the user `local`, on loopback only. `required`: everybody needs a key. */
  readonly mode: "local" | "required";
  /** An administrator's key to begin with; null for none. */
  readonly bootstrapKey: string | null;
}

const KEY_PREFIX = "ck_";
const SHOWN_CHARACTERS = 8;

/** How seldom the last use of a key is written down. */
const TOUCH_MS = 60_000;

const ALL_SCOPES: readonly Scope[] = ["read", "write", "admin"];

/** A key's SHA-256: all that is ever stored of it. The key has 256 random bits, so no salt is needed. */
function hashKey(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

/**
 * Makes a key of 256 random bits for a user, and returns it this once. Whether the user may have it is the caller's
 * to decide. Throws a `WorkflowValidationError` for one that would have expired already.
 */
export async function issueKey(
  keys: KeyStore,
  userId: string,
  request: KeyRequest,
): Promise<CreatedKey> {
  const { name, scopes, expires_at } = request;
  if (expires_at && Date.parse(expires_at) <= Date.now()) {
    throw invalid("expires_at", "must be in the future");
  }
  const key = KEY_PREFIX + randomBytes(32).toString("base64url");
  const stored = await keys.create({
    id: newId("key"),
    name,
    user_id: userId,
    prefix: key.slice(0, SHOWN_CHARACTERS),
    hash: hashKey(key),
    scopes: scopes ?? ["read", "write"],
    expires_at: expires_at ?? null,
  });
  return { ...stored, key };
}

/** Compares without telling by the time it takes how much was right. */
function equalSecrets(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(hashKey(a)), Buffer.from(hashKey(b)));
}

function unauthenticated(detail: string): WorkflowError {
  return new WorkflowError("UNAUTHENTICATED", detail);
}

function bearer(header: string | undefined): string | null {
  if (header === undefined) return null;
  const match = /^Bearer +([\x21-\x7e]+)$/i.exec(header);
  if (!match?.[1]) throw unauthenticated("Send the header as: Authorization: Bearer <key>.");
  return match[1];
}

/** Finds out who presents this key, and remembers when it was last used. */
function keyLookup(keys: KeyStore, settings: AuthSettings): (key: string) => Promise<Principal> {
  const touched = new Map<string, number>();
  return async (secret) => {
    if (settings.bootstrapKey !== null && equalSecrets(secret, settings.bootstrapKey)) {
      return { userId: "admin", scopes: new Set(ALL_SCOPES), keyId: null };
    }
    const key = await keys.findByHash(hashKey(secret));
    if (!key) throw unauthenticated("This API key is unknown, expired or revoked.");
    const now = Date.now();
    if (now - (touched.get(key.id) ?? 0) > TOUCH_MS) {
      touched.set(key.id, now);
      await keys.touch(key.id);
    }
    return { userId: key.user_id, scopes: new Set(key.scopes), keyId: key.id };
  };
}

const LOCAL: Principal = { userId: "local", scopes: new Set(ALL_SCOPES), keyId: null };

/** Sets the principal of each request. A key that is presented must be right, in local mode too. */
export function authenticate(keys: KeyStore, settings: AuthSettings): MiddlewareHandler<AppEnv> {
  const lookup = keyLookup(keys, settings);
  return async (c, next) => {
    const secret = bearer(c.req.header("authorization"));
    if (secret !== null) c.set("principal", await lookup(secret));
    else if (settings.mode === "local") c.set("principal", LOCAL);
    else throw unauthenticated("This server needs an API key: Authorization: Bearer <key>.");
    await next();
  };
}

/** Throws `FORBIDDEN` when the key lacks a scope. */
export function requireScope(principal: Principal, scope: Scope): void {
  if (principal.scopes.has(scope)) return;
  throw new WorkflowError("FORBIDDEN", `This needs a key with the scope "${scope}".`);
}

const LOOPBACK_HOST = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

/**
 * In local mode everybody who reaches the port is the user, so other web pages in the user's browser must not
 * reach it: neither under a name of their own that leads to loopback, nor across origins.
 */
export function guardLocalMode(): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    if (!c.req.header("authorization")) {
      const host = c.req.header("host") ?? "";
      const origin = c.req.header("origin");
      const sameOrigin = origin === undefined || URL.parse(origin)?.host === host;
      if (!LOOPBACK_HOST.test(host) || !sameOrigin) {
        throw new WorkflowError(
          "FORBIDDEN",
          "Without a key this server answers only to pages and programs of this machine (http://localhost).",
        );
      }
    }
    await next();
  };
}
