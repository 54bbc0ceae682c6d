/** Fuzzed requests for a route of the contract. */
import * as fc from "fast-check";
import { API_BASE, type Endpoint } from "../../../src/contract/endpoints.ts";
import { hostile, hostileText, inputSchema, nearlyValid, toJson, valid } from "./values.ts";

/** What to send: as it is, or more than any body may have. */
type FuzzedBody = string | Uint8Array | { readonly huge: true } | null;

/** A request before its tickets are redeemed. */
export interface FuzzedRequest {
  readonly route: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: FuzzedBody;
  /** Whether the body's length is left open. */
  readonly chunked: boolean;
}

/** Percent-encodes whatever can be, in UTF-8; what is not well-formed comes out as U+FFFD. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** What no encoder makes, in the place of a path segment or a value of the query. */
const brokenEncoding = fc.constantFrom(
  "%",
  "%zz",
  "%00",
  "%ff",
  "%E0%A4%A",
  "%2F",
  "%2e%2e",
  "a%0d%0ab",
  ";",
  "~",
  "*",
  "%25",
);

const segment = fc.oneof(hostileText.map(encode), brokenEncoding);

function pathOf(endpoint: Endpoint): fc.Arbitrary<string> {
  const names = Object.keys(endpoint.params?.shape ?? {});
  const right = endpoint.params
    ? valid(inputSchema(endpoint.params)).map((value) => value as Record<string, string>)
    : fc.constant<Record<string, string>>({});
  const wrong = fc.record(Object.fromEntries(names.map((name) => [name, segment])));
  return fc
    .oneof({ arbitrary: right, weight: 9 }, { arbitrary: wrong, weight: 1 })
    .map((values) => {
      const path = endpoint.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "");
      return API_BASE + path;
    });
}

function toQuery(value: unknown): string {
  const pairs = Object.entries(value as object).map(([name, inner]) => {
    const text = typeof inner === "string" ? inner : toJson(inner);
    return `${encode(name)}=${encode(text.slice(0, 2000))}`;
  });
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}

const brokenQuery = fc.oneof(
  brokenEncoding.map((value) => `?limit=${value}`),
  fc.constantFrom("?", "?&&&", "?=", "?limit=1&limit=2", "?limit", "?cursor=&cursor=x", "?a[]=1"),
);

function queryOf(endpoint: Endpoint): fc.Arbitrary<string> {
  const none = fc.constant("");
  const schema = endpoint.query && inputSchema(endpoint.query);
  if (!schema)
    return fc.oneof({ arbitrary: none, weight: 9 }, { arbitrary: brokenQuery, weight: 1 });
  return fc.oneof(
    { arbitrary: valid(schema).map(toQuery), weight: 6 },
    { arbitrary: nearlyValid(schema).map(toQuery), weight: 3 },
    { arbitrary: brokenQuery, weight: 1 },
  );
}

/** What may stand in a header; the rest is refused by every HTTP client and parser. */
const headerText = fc
  .oneof(hostileText, fc.string({ maxLength: 300 }))
  .map((text) => text.replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, "¿").slice(0, 500));

const oddHeader = fc.oneof(
  headerText.map((text) => ({ "x-request-id": text })),
  headerText.map((text) => ({ "last-event-id": text })),
  headerText.map((text) => ({ "idempotency-key": text })),
  headerText.map((text) => ({ authorization: text })),
  headerText.map((text) => ({ "x-anything": text })),
  fc.constantFrom<Record<string, string>>(
    { authorization: "Bearer ck_nobody" },
    { authorization: "Basic YTpi" },
    { host: "evil.example" },
    { host: "localhost" },
    { origin: "https://evil.example" },
    { origin: "null" },
    { accept: "text/html" },
    { range: "bytes=0-1" },
    { "if-none-match": "*" },
    { "content-encoding": "gzip" },
    { "accept-encoding": "br, gzip" },
    { connection: "close" },
    { expect: "100-continue" },
    { "x-http-method-override": "DELETE" },
    { "x-forwarded-for": "1.2.3.4", "x-forwarded-host": "evil.example" },
  ),
);

function headersOf(endpoint: Endpoint): fc.Arbitrary<Record<string, string>> {
  const known = endpoint.headers
    ? valid(inputSchema(endpoint.headers)).map((value) => value as Record<string, string>)
    : fc.constant<Record<string, string>>({});
  return fc.oneof({ arbitrary: known, weight: 8 }, { arbitrary: oddHeader, weight: 2 });
}

const contentType = fc.oneof(
  {
    arbitrary: fc.constantFrom("application/json", "application/json; charset=utf-8"),
    weight: 30,
  },
  {
    arbitrary: fc.constantFrom(
      "Application/JSON",
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "application/jsonp",
      "application/json, text/plain",
      ";",
      "",
    ),
    weight: 1,
  },
);

/** Bodies that are no JSON, or no JSON that anybody expects. */
const brokenBody = fc.oneof(
  {
    arbitrary: fc.constantFrom<string | Uint8Array>(
      "",
      "{",
      '{"message":',
      '{"message":"a"}{"message":"b"}',
      "{'message':'a'}",
      '{"message":"a",}',
      '\ufeff{"message":"a"}',
      '{"message":"a","message":"b"}',
      '{"__proto__":{"message":"a"}}',
      '{"constructor":{"prototype":{"message":"a"}}}',
      "undefined",
      "NaN",
      Uint8Array.from([0xff, 0xfe, 0x7b, 0x7d]),
      Uint8Array.from([0x22, 0xed, 0xa0, 0x80, 0x22]),
      Uint8Array.from([0x1f, 0x8b, 0x08, 0x00]),
    ),
    weight: 5,
  },
  { arbitrary: hostile.map(toJson), weight: 5 },
  { arbitrary: fc.uint8Array({ maxLength: 60 }), weight: 2 },
);

/** A document as text. No schema says in JSON that a text needs a title, and no address beside it. */
const textDocument = fc.record({
  title: fc.stringMatching(/^[a-z]{1,20}$/),
  text: fc.stringMatching(/^[a-z .#]{1,200}[a-z]$/),
});

function bodyOf(endpoint: Endpoint): fc.Arbitrary<FuzzedBody> {
  if (!endpoint.body) {
    return fc.oneof(
      { arbitrary: fc.constant(null), weight: 9 },
      { arbitrary: brokenBody, weight: 1 },
    );
  }
  const schema = inputSchema(endpoint.body);
  return fc.oneof<fc.WeightedArbitrary<FuzzedBody>[]>(
    { arbitrary: valid(schema).map(toJson), weight: 100 },
    { arbitrary: textDocument.map(toJson), weight: endpoint.form ? 100 : 0 },
    { arbitrary: nearlyValid(schema).map(toJson), weight: 70 },
    { arbitrary: brokenBody, weight: 20 },
    { arbitrary: fc.constant(null), weight: 5 },
    { arbitrary: fc.constant({ huge: true as const }), weight: 1 },
  );
}

/** Requests for one route. */
export function requestsFor(route: string, endpoint: Endpoint): fc.Arbitrary<FuzzedRequest> {
  return fc
    .record({
      path: pathOf(endpoint),
      query: queryOf(endpoint),
      headers: headersOf(endpoint),
      type: contentType,
      body: bodyOf(endpoint),
      chunked: fc.boolean(),
    })
    .map(({ path, query, headers, type, body, chunked }) => ({
      route,
      method: endpoint.method,
      path: path + query,
      headers: { ...(body !== null && { "content-type": type }), ...headers },
      body,
      chunked,
    }));
}
