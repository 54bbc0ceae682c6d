/** The thread that writes chunks, their words and their vectors. Its transactions are short: others wait for them. */
import { ChunkWriter } from "./chunk-writer.ts";
import { databaseFile, serve } from "./serve.ts";
import { Connection } from "./connection.ts";

/**
 * Pages above which the write-ahead log is brought into the database, and how often that is looked at. Many documents
 * write the same pages of the indexes, which are then brought over once.
 */
const MAX_LOG_PAGES = 4000;
const LOOK_MS = 1000;

/** Pages that one step of merging the index writes. */
const MERGE_PAGES = 128;

const connection = new Connection(databaseFile(), { readOnly: false, cacheMegabytes: 32 });
connection.exec("pragma synchronous = full; pragma wal_autocheckpoint = 0");
const writer = new ChunkWriter(connection);

/** Brings the log into the database here, so that no commit on the event loop has to; it holds up no writer. */
function checkpoint(): void {
  const [state] = connection.all<{ log: number }>("pragma wal_checkpoint(noop)");
  if (state && state.log > MAX_LOG_PAGES) connection.all("pragma wal_checkpoint(passive)");
}

/** One short step towards fewer pieces of the index; false when there is nothing to do. */
function mergeStep(): boolean {
  const changes = (): number =>
    connection.all<{ n: number }>("select total_changes() as n")[0]?.n ?? 0;
  const before = changes();
  // Not waited for until it is on the disk: what a loss of power undoes is merged again.
  connection.exec("pragma synchronous = normal");
  try {
    connection.run("insert into chunk_index (chunk_index, rank) values ('merge', ?)", MERGE_PAGES);
  } finally {
    connection.exec("pragma synchronous = full");
  }
  // As SQLite's manual says: a step that changed less than two rows found nothing to merge.
  return changes() - before >= 2;
}

const operations = {
  insertChunks: writer.insertChunks.bind(writer),
  insertVectors: writer.insertVectors.bind(writer),
  removeChunks: writer.removeChunks.bind(writer),
  retireVectors: writer.retireVectors.bind(writer),
  orphans: writer.orphans.bind(writer),
  mergeStep: (_: null) => mergeStep(),
  checkpoint: (_: null) => checkpoint(),
};
export type WriterOperations = typeof operations;

const timer = setInterval(checkpoint, LOOK_MS).unref();

serve(operations, () => {
  clearInterval(timer);
  connection.close();
});
