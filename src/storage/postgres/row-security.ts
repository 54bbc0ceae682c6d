/**
 * The second wall between owners: every statement of a method that is called for an owner says so to PostgreSQL, which then
 * shows it no row of anybody else. The first wall, the owner in every query, stays.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { type Kysely, sql } from "kysely";
import type { Schema } from "../schema.ts";
import type { StoreTransaction } from "../../workflow/ports/store.ts";

/** The methods of each store that take the owner first. */
export const OWNED = {
  conversations: ["create", "delete", "escalate", "get", "list", "lock", "update"],
  documents: [
    "collections",
    "create",
    "delete",
    "existing",
    "fileName",
    "get",
    "list",
    "readyByCollection",
    "setContent",
    "update",
  ],
  idempotency: ["bind", "find"],
  keys: ["list", "revoke"],
  manualCalls: ["begin", "finish"],
  messages: [
    "all",
    "branch",
    "get",
    "hasChildren",
    "insert",
    "later",
    "move",
    "newest",
    "remove",
    "setFeedback",
    "siblings",
    "tip",
    "window",
  ],
  profiles: ["create", "delete", "get", "list", "replace"],
  retrievers: ["create", "delete", "get", "list", "names", "replace"],
  runs: ["get", "list", "lock", "requestStop", "underWay"],
  summaries: ["nearest", "save"],
  templates: ["create", "delete", "get", "list", "names", "replace"],
  tickets: ["create", "get", "list", "ofCall", "update"],
  toolCalls: ["approvals", "decide"],
} as const satisfies {
  [Name in keyof StoreTransaction]?: readonly (keyof StoreTransaction[Name])[];
};

const owners = new AsyncLocalStorage<string>();

/** For whom the statement that is about to be sent is; empty: for nobody, it may see all rows. */
export function currentOwner(): string {
  return owners.getStore() ?? "";
}

/** Whether the wall stands for the role that is signed in: for some it never does. */
export async function holdsFor(db: Kysely<Schema>): Promise<boolean> {
  const role = sql<{ passes: boolean }>`select rolsuper or rolbypassrls as passes from pg_roles
    where rolname = current_user`;
  const { rows } = await role.execute(db);
  return rows[0]?.passes === false;
}

/** The statements of these methods are for the owner that they are called with; `null` means everybody's. */
function walled<Store extends object>(store: Store, methods: readonly string[]): Store {
  return new Proxy(store, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      if (typeof name !== "string" || !methods.includes(name)) return member.bind(target);
      return (owner: string | null, ...rest: unknown[]): unknown =>
        owners.run(owner ?? "", () => Reflect.apply(member, target, [owner, ...rest]));
    },
  });
}

/** Puts the wall before stores. */
export function withRowSecurity(stores: StoreTransaction): StoreTransaction {
  const entries = Object.entries(OWNED).map(([name, methods]) => [
    name,
    walled(stores[name as keyof typeof OWNED], methods),
  ]);
  return { ...stores, ...(Object.fromEntries(entries) as Partial<StoreTransaction>) };
}
