/** `chatter db copy` */
import { join, resolve } from "node:path";
import { copyDatabase, type CopyReport } from "../../compose/copy.ts";
import { loadConfig } from "../../config.ts";
import { WorkflowConfigurationError } from "../../workflow/errors.ts";
import { describePlace } from "./place.ts";
import { showProgress } from "./progress.ts";

export interface CopyCommandOptions {
  readonly from?: string;
  readonly to?: string;
}

function requireAddress(to: string | null): string {
  if (to === null) {
    throw new WorkflowConfigurationError(
      "Where to copy is not said: set DATABASE_URL, or name the database with --to postgres://…",
    );
  }
  if (!/^postgres(ql)?:\/\//.test(to) || !URL.canParse(to)) {
    throw new WorkflowConfigurationError(
      "--to must be the address of a PostgreSQL: postgres://user:password@host/database",
    );
  }
  return to;
}

function plural(count: number, one: string): string {
  return `${count.toLocaleString("en")} ${one}${count === 1 ? "" : "s"}`;
}

function printReport({ tables, sealedSecrets }: CopyReport, from: string, to: string): void {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const compared = tables.reduce((sum, table) => sum + table.compared, 0);
  const leftOut = tables.reduce((sum, table) => sum + table.leftOut, 0);
  console.log(
    `Copied ${plural(rows, "row")} of ${plural(tables.length, "table")} to ${describePlace({ databaseUrl: to })}.`,
  );
  console.log(
    `The counts of all tables are equal, and so are ${plural(compared, "row")} that were compared.`,
  );
  if (leftOut > 0) {
    console.log(`Left out: ${plural(leftOut, "row")} of documents that were deleted before.`);
  }
  if (sealedSecrets === 0) return;
  console.log(
    `\nThe secrets of ${plural(sealedSecrets, "tool server")} are still sealed. Set CHATTER_SECRET_KEY, on every instance, to the key ` +
      `that sealed them: what it was before, or else what is in ${join(from, "secret.key")}.`,
  );
}

/** Copies the embedded database to an empty PostgreSQL, and says what was copied and what is left to do. */
export async function copy(options: CopyCommandOptions): Promise<void> {
  const { config } = await loadConfig(process.env, process.cwd());
  const from = resolve(options.from ?? config.dataDir);
  const to = requireAddress(options.to ?? config.databaseUrl);
  const stop = new AbortController();
  const interrupt = (): void =>
    stop.abort(new Error("The copy was interrupted. Nothing of it is in the database"));
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  const progress = showProgress(process.stderr);
  try {
    const { signal } = stop;
    const report = await copyDatabase({ from, to, onProgress: progress.step, signal });
    progress.end();
    printReport(report, from, to);
  } catch (error) {
    progress.end();
    throw error;
  }
}
