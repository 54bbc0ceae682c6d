/** The fence of an attempt, as statements ask for it. */
import { type SqlBool, sql } from "kysely";
import type { Fence } from "../workflow/ports/stores/fence.ts";

/** True for the run that this attempt holds: whoever was overtaken must not write any more. */
export function held({ runId, attempt, instanceId }: Fence) {
  return sql<SqlBool>`id = ${runId} and attempt = ${attempt}
    and instance_id = ${instanceId} and status = 'running'`;
}
