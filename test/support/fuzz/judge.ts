/** What an answer may be: what the contract says for its status, or a problem. */
import { isDeepStrictEqual } from "node:util";
import { Problem } from "../../../src/contract/problems.ts";
import { type Endpoint, endpoints } from "../../../src/contract/endpoints.ts";
import { buildOpenApi } from "../../../src/http/openapi.ts";
import { parseFrames } from "../sse.ts";

/** An answer as it came over the wire. */
export interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, unknown>>;
}

/** The statuses that the API document names for each route. */
const DOCUMENTED: ReadonlyMap<string, ReadonlySet<number>> = (() => {
  const { paths } = buildOpenApi("0") as { paths: Record<string, Record<string, Operation>> };
  const operations = Object.values(paths).flatMap((item) => Object.values(item));
  return new Map(
    operations.map(({ operationId, responses }) => [
      operationId,
      new Set(Object.keys(responses).map(Number)),
    ]),
  );
})();

/** Failures that the request itself ordered from its model. */
const ORDERED = new Set(["PROVIDER_ERROR", "PROVIDER_RATE_LIMITED", "PROVIDER_TIMEOUT"]);

function judgeProblem(route: string, { status, text }: Answer): string | null {
  const parsed = Problem.safeParse(JSON.parse(text));
  if (!parsed.success) return `no problem as the contract has it: ${parsed.error.message}`;
  const { code } = parsed.data;
  if (parsed.data.status !== status) return "the problem has another status";
  if (status >= 500 && !ORDERED.has(code)) return "a failure of the server";
  return DOCUMENTED.get(route)?.has(status) ? null : `status ${status} is not documented`;
}

function judgeEvents(endpoint: Endpoint, text: string): string | null {
  if (!endpoint.events) return "events from a route that has none";
  const frames = parseFrames(text);
  for (const { event, data } of frames) {
    const parsed = endpoint.events.safeParse(JSON.parse(data));
    if (!parsed.success) return `the event ${event} is wrong: ${parsed.error.message}`;
    if (!isDeepStrictEqual(parsed.data, JSON.parse(data))) return `${event} says more than it may`;
  }
  const ends = frames.filter(({ event }) => event === "end").length;
  if (ends === 1) return frames.at(-1)?.event === "end" ? null : "events after the end";
  // Whoever resumes after the end gets nothing; whoever has just begun a run must see its end.
  return ends === 0 && !endpoint.body ? null : `${ends} ends`;
}

/** What is wrong with an answer; null when nothing is. */
export function judge(route: string, answer: Answer): string | null {
  const endpoint: Endpoint | undefined = endpoints[route as keyof typeof endpoints];
  const { status, type, text } = answer;
  if (type === "application/problem+json") return judgeProblem(route, answer);
  if (status >= 400) return "an error that is no problem document";
  if (type.startsWith("text/event-stream")) return judgeEvents(endpoint, text);
  if (endpoint.mediaType && type.startsWith(endpoint.mediaType)) return null;
  const schema = endpoint.answers[status];
  if (schema === null) return text === "" ? null : "a body where none belongs";
  if (!schema) return `status ${status} is not in the contract`;
  const body: unknown = JSON.parse(text);
  const parsed = schema.safeParse(body);
  if (!parsed.success) return `no answer as the contract has it: ${parsed.error.message}`;
  return isDeepStrictEqual(parsed.data, body) ? null : "the answer says more than it may";
}
