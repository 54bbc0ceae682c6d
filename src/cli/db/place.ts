/** Where a database is, for a person: without the password that its address may have. */

/** A data directory, or the address of a PostgreSQL. */
export type DatabasePlace =
  | { readonly databaseUrl: string }
  | { readonly databaseUrl: null; readonly dataDir: string };

export function describePlace(place: DatabasePlace): string {
  if (place.databaseUrl === null) return `SQLite in ${place.dataDir}`;
  const { host, pathname } = new URL(place.databaseUrl);
  return `PostgreSQL at ${host}${pathname}`;
}
