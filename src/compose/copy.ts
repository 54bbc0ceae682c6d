/** A copy of the embedded database to PostgreSQL. */
import type { CopyOptions, CopyReport } from "../storage/copy/copy.ts";

export type { CopyReport } from "../storage/copy/copy.ts";

/** As `copyToPostgres`; both engines are loaded for this alone. */
export async function copyDatabase(options: CopyOptions): Promise<CopyReport> {
  const { copyToPostgres } = await import("../storage/copy/copy.ts");
  return copyToPostgres(options);
}
