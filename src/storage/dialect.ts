/** The few places where the two engines differ, behind one interface. */
import { type Expression, type RawBuilder, sql } from "kysely";

export interface Dialect {
  readonly engine: "sqlite" | "postgres";
  /** The column type of an id: compared byte by byte, so that it sorts by time. */
  readonly id: "text" | RawBuilder<unknown>;
  /** Text without the difference of upper and lower case, in every script. */
  lower(text: Expression<string>): RawBuilder<string>;
  /** Ends a query that must hold its rows until the transaction ends; nothing where writers take turns anyway. */
  readonly forUpdate: RawBuilder<unknown>;
  /** Ends a query that takes rows which nobody else is taking. */
  readonly skipLocked: RawBuilder<unknown>;
}

export const sqliteDialect: Dialect = {
  engine: "sqlite",
  id: "text",
  // SQLite's own lower() knows ASCII only; this function is registered when the database opens.
  lower: (text) => sql<string>`unicode_lower(${text})`,
  forUpdate: sql``,
  skipLocked: sql``,
};

export const postgresDialect: Dialect = {
  engine: "postgres",
  id: sql`text collate "C"`,
  lower: (text) => sql<string>`lower(${text})`,
  forUpdate: sql`for update`,
  skipLocked: sql`for update skip locked`,
};
