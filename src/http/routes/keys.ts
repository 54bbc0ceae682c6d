/** API keys: shown once, listed without their secret, revoked. */
import type { Hono } from "hono";
import { endpoints } from "../../contract/endpoints.ts";
import type { KeyRequest } from "../../contract/keys.ts";
import { NotFoundError } from "../../workflow/errors.ts";
import type { Store } from "../../workflow/ports/store.ts";
import { issueKey, requireScope } from "../authenticate.ts";
import type { AppEnv, Principal } from "../context.ts";
import { route } from "../route.ts";

/** Null for an administrator, who reaches everybody's keys. */
function ownerScope(principal: Principal): string | null {
  return principal.scopes.has("admin") ? null : principal.userId;
}

/** Nobody makes a key that can do more than the one it is made with. */
function checkKeyRequest(request: KeyRequest, principal: Principal): void {
  if (request.user_id && request.user_id !== principal.userId) requireScope(principal, "admin");
  for (const scope of request.scopes ?? []) requireScope(principal, scope);
}

export function keyRoutes(app: Hono<AppEnv>, { store }: { store: Store }): void {
  route(app, endpoints.listKeys, ({ query, principal }) =>
    store.keys.list(ownerScope(principal), query),
  );

  route(app, endpoints.createKey, async ({ body, principal }) => {
    checkKeyRequest(body, principal);
    return issueKey(store.keys, body.user_id ?? principal.userId, body);
  });

  route(app, endpoints.deleteKey, async ({ params, principal }) => {
    if (!(await store.keys.revoke(ownerScope(principal), params.id))) {
      throw new NotFoundError(`Key ${params.id}`);
    }
    return null;
  });
}
