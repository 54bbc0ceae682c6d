/** What every request carries through the layers of the HTTP application. */
import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import type { Scope } from "../contract/keys.ts";

/** Who is asking. */
export interface Principal {
  readonly userId: string;
  readonly scopes: ReadonlySet<Scope>;
  /** The key that was presented; null in local mode and for the bootstrap key. */
  readonly keyId: string | null;
}

export interface AppEnv {
  Bindings: HttpBindings;
  Variables: { requestId: string; principal: Principal };
}

export type AppContext = Context<AppEnv>;
