/** API keys. */
import { z } from "zod";
import { id, Name, Timestamp, UserId } from "./text.ts";

/** `read`: look at one's own things. `write`: change them, and chat. `admin`: keys of other users, and tool servers. */
export const Scope = z.enum(["read", "write", "admin"]);
export type Scope = z.infer<typeof Scope>;

export const Key = z
  .object({
    id: id("key"),
    name: z.string(),
    user_id: z.string(),
    prefix: z.string().describe("the first characters of the key, to tell it from others"),
    scopes: z.array(Scope),
    created_at: Timestamp,
    expires_at: Timestamp.nullable(),
    last_used_at: Timestamp.nullable(),
  })
  .meta({ id: "Key" });
export type Key = z.infer<typeof Key>;

/** The one answer that holds the key itself. */
export const CreatedKey = Key.extend({ key: z.string() }).meta({ id: "CreatedKey" });
export type CreatedKey = z.infer<typeof CreatedKey>;

export const KeyRequest = z
  .strictObject({
    name: Name,
    user_id: UserId.nullish().describe("default: yourself; only an administrator names another"),
    scopes: z.array(Scope).min(1).nullish().describe("default: read and write"),
    expires_at: Timestamp.nullish().describe("default: never"),
  })
  .meta({ id: "KeyRequest" });
export type KeyRequest = z.infer<typeof KeyRequest>;
