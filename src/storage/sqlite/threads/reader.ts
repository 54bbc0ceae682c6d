/** The thread that searches. It only reads, and sees one state of the database in each search. */
import type { SQLInputValue } from "node:sqlite";
import { Connection } from "./connection.ts";
import { type LexicalQuery, LexicalSearch } from "./lexical.ts";
import { databaseFile, serve } from "./serve.ts";
import { VectorCache } from "./vector-cache.ts";
import { type VectorQuery, VectorSearch } from "./vector-search.ts";

const connection = new Connection(databaseFile(), { readOnly: true, cacheMegabytes: 64 });
const lexical = new LexicalSearch(connection);
const vectors = new VectorSearch(connection, new VectorCache(connection));

interface Read {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

const operations = {
  read: ({ sql, parameters }: Read): unknown[] =>
    connection.all(sql, ...(parameters as readonly SQLInputValue[])),
  lexical: (query: LexicalQuery) => connection.snapshot(() => lexical.search(query)),
  vector: (query: VectorQuery) => connection.snapshot(() => vectors.search(query)),
};
export type ReaderOperations = typeof operations;

serve(operations, () => connection.close());
