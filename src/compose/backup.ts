/** A back-up of the configured database. */
import type { Config } from "../config/config.ts";
import { WorkflowConfigurationError } from "../workflow/errors.ts";

/**
 * Writes the embedded database to a new file, as `backUpDatabase` does; returns its size in bytes. Throws a
 * `WorkflowConfigurationError` when the database is a PostgreSQL: that has programs of its own for this.
 */
export async function backUp(
  { databaseUrl, dataDir }: Pick<Config, "databaseUrl" | "dataDir">,
  file: string,
): Promise<number> {
  if (databaseUrl !== null) {
    throw new WorkflowConfigurationError(
      "DATABASE_URL is set: the database is a PostgreSQL. Back it up with pg_dump; see docs/operations/backup.md.",
    );
  }
  const { backUpDatabase } = await import("../storage/sqlite/backup.ts");
  return backUpDatabase(dataDir, file);
}
