/** Statements that are built and compiled once, and then only given their values. */
import type { Compilable, CompiledQuery, Kysely, QueryResult } from "kysely";
import type { Schema } from "./schema.ts";

/** Stands where a value will be, while a statement is compiled. */
class StandIn {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** The texts of all that were compiled once: as many as there are in the program, for each engine. */
const texts = new Set<string>();

/** Whether a text is that of a statement that is compiled once, so that it pays to have the database prepare it. */
export function isCompiledOnce(text: string): boolean {
  return texts.has(text);
}

/**
 * Makes a statement of those that every run needs. Building and compiling one costs as much as the database takes to
 * carry it out, so it is done once for each engine. `build` is given stand-ins of the values, which it may only hand
 * on: it must not look at them. Every call has values under the same names.
 */
export function statement<Values extends object, Row>(
  build: (db: Kysely<Schema>, values: Values) => Compilable<Row>,
): (db: Kysely<Schema>, values: Values) => Promise<QueryResult<Row>> {
  const compiled = new WeakMap<object, CompiledQuery<Row>>();

  function compile(db: Kysely<Schema>, values: Values): CompiledQuery<Row> {
    const names = Object.keys(values);
    const standIns = Object.fromEntries(names.map((name) => [name, new StandIn(name)]));
    const query = build(db, standIns as Values).compile();
    texts.add(query.sql);
    return query;
  }

  return (db, values) => {
    const { adapter } = db.getExecutor();
    let query = compiled.get(adapter);
    if (!query) compiled.set(adapter, (query = compile(db, values)));
    const parameters = query.parameters.map((parameter) =>
      parameter instanceof StandIn ? values[parameter.name as keyof Values] : parameter,
    );
    return db.executeQuery({ ...query, parameters });
  };
}
