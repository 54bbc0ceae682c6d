/**
 * A connection that prepares the statements of every run: PostgreSQL then parses and plans each once a connection, which
 * takes longer than carrying it out.
 */
import { Client, type QueryResult } from "pg";
import { isCompiledOnce } from "../statement.ts";
import { isOutdated } from "./driver.ts";

type Query = (query: unknown, values?: unknown, more?: unknown) => unknown;

export class PreparingClient extends Client {
  /** The statements that are prepared, by their text. */
  #names = new Map<string, string>();
  #lastName = 0;

  /**
   * Prepares what is compiled once, and hands on everything else. A newer version of the program may change a table
   * while this one runs: then the statement is prepared anew, or, in the middle of a transaction, which cannot go on,
   * fails, and everything is prepared anew from then on.
   */
  override query: Client["query"] = ((text: unknown, values?: unknown, more?: unknown) => {
    const query: Query = super.query.bind(this);
    const isPlain = typeof text === "string" && Array.isArray(values) && more === undefined;
    return isPlain && isCompiledOnce(text)
      ? this.#prepared(text, values)
      : query(text, values, more);
  }) as Client["query"];

  async #prepared(text: string, values: readonly unknown[]): Promise<QueryResult> {
    const run = (): Promise<QueryResult> =>
      super.query({ name: this.#nameOf(text), text, values: [...values] });
    try {
      return await run();
    } catch (error) {
      if (!isOutdated(error)) throw error;
      this.#names = new Map();
      if (this.getTransactionStatus() === "I") return run();
      throw error;
    }
  }

  #nameOf(text: string): string {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    const name = `chatter_${++this.#lastName}`;
    this.#names.set(text, name);
    return name;
  }
}
