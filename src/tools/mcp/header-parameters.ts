/** Parameters that a tool wants repeated in headers of the request (revision 2026-07-28, over HTTP only). */

const KEY = "x-mcp-header";
/** A token of RFC 9110. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const TYPES: ReadonlySet<unknown> = new Set(["string", "integer", "boolean"]);
/** What stands below these is data, not a schema. */
const DATA: ReadonlySet<string> = new Set(["const", "enum", "default", "examples"]);

type Schema = Readonly<Record<string, unknown>>;

function isSchema(value: unknown): value is Schema {
  return typeof value === "object" && value !== null;
}

/** The marks of parameters, at any depth below `properties`. */
function* marked(schema: Schema): Generator<Schema> {
  const { properties } = schema;
  if (!isSchema(properties)) return;
  for (const parameter of Object.values(properties)) {
    if (!isSchema(parameter)) continue;
    if (KEY in parameter) yield parameter;
    yield* marked(parameter);
  }
}

/** How many marks there are anywhere; `names`: the keys are names of parameters. */
function count(schema: Schema, names = false): number {
  return Object.entries(schema).reduce((sum, [key, value]) => {
    if (key === KEY && !names) return sum + 1;
    if (!isSchema(value) || (DATA.has(key) && !names)) return sum;
    return sum + count(value, key === "properties" && !names);
  }, 0);
}

/** Why the marks in a tool's schema make it one that must not be used, or null. */
export function wrongHeaderParameters(schema: Schema): string | null {
  const parameters = [...marked(schema)];
  if (count(schema) > parameters.length) return `${KEY} stands where no parameter is`;
  const seen = new Set<string>();
  for (const { [KEY]: header, type } of parameters) {
    if (typeof header !== "string" || !TOKEN.test(header))
      return `${KEY} must be a name of a header`;
    if (!TYPES.has(type)) return `${KEY} is for strings, integers and booleans only`;
    if (seen.has(header.toLowerCase())) return `${KEY} names the same header twice`;
    seen.add(header.toLowerCase());
  }
  return null;
}
