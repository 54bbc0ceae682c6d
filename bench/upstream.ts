/**
 * A stub of an OpenAI-compatible provider, cheap enough to serve 50,000 tokens a second from half a core.
 *
 * The request says what it wants: `stub-n100-p20`, anywhere in its body (message or model; the last one counts), is
 * 100 tokens, one every 20 ms; `p0` is all at once. Frames are built beforehand, one HTTP chunk each as a real
 * provider sends them, and one timer wheel paces all streams. A pace is from 0 to 4,000 ms.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { listenAndReport } from "./listen.ts";
import { WORDS } from "./words.ts";

interface Stream {
  readonly response: ServerResponse;
  readonly tokens: number;
  readonly pace: number;
  readonly usage: boolean;
  sent: number;
}

const HEAD = { id: "chatcmpl-stub0000000000000000000", created: 1_700_000_000, model: "stub" };
const SLOTS = 4096;

const frames = WORDS.map((content) => chunk(frame({ content }, null)));
const opening = chunk(frame({ role: "assistant", content: "" }, null));
const endings = new Map<string, Buffer>();
const wholes = new Map<string, Buffer>();

const wheel: Stream[][] = Array.from({ length: SLOTS }, () => []);
let cursor = 0;
let active = 0;
let ticking: NodeJS.Timeout | null = null;

/** HTTP chunk framing, done once here instead of once a token in `ServerResponse`. */
function chunk(text: string): Buffer {
  return Buffer.from(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`);
}

function frame(delta: object, finish: string | null): string {
  const choices = [{ index: 0, delta, logprobs: null, finish_reason: finish }];
  const rest = { system_fingerprint: "fp_0000000000", choices };
  return `data: ${JSON.stringify({ ...HEAD, object: "chat.completion.chunk", ...rest })}\n\n`;
}

function usageOf(tokens: number): object {
  return { prompt_tokens: 10, completion_tokens: tokens, total_tokens: tokens + 10 };
}

function ending(tokens: number, usage: boolean): Buffer {
  const key = `${tokens} ${usage}`;
  let bytes = endings.get(key);
  if (!bytes) {
    const last = { ...HEAD, object: "chat.completion.chunk", choices: [], usage: usageOf(tokens) };
    const parts = [chunk(frame({}, "stop"))];
    if (usage) parts.push(chunk(`data: ${JSON.stringify(last)}\n\n`));
    parts.push(chunk("data: [DONE]\n\n"), Buffer.from("0\r\n\r\n"));
    bytes = Buffer.concat(parts);
    endings.set(key, bytes);
  }
  return bytes;
}

function tokenFrames(from: number, to: number): Buffer {
  if (to - from === 1) return frames[from % frames.length]!;
  const parts: Buffer[] = [];
  for (let i = from; i < to; i++) parts.push(frames[i % frames.length]!);
  return Buffer.concat(parts);
}

function whole(tokens: number, usage: boolean): Buffer {
  const key = `${tokens} ${usage}`;
  let bytes = wholes.get(key);
  if (!bytes) {
    bytes = Buffer.concat([opening, tokenFrames(0, tokens), ending(tokens, usage)]);
    wholes.set(key, bytes);
  }
  return bytes;
}

function schedule(stream: Stream, due: number): void {
  wheel[due % SLOTS]!.push(stream);
}

/** Sends what is due; a stream that fell behind gets its missing tokens in one write. */
function advance(stream: Stream, due: number, now: number): void {
  if (stream.response.destroyed) {
    active--;
    return;
  }
  const late = Math.floor((now - due) / stream.pace);
  const upTo = Math.min(stream.tokens, stream.sent + 1 + late);
  stream.response.write(tokenFrames(stream.sent, upTo));
  stream.sent = upTo;
  if (upTo < stream.tokens) {
    schedule(stream, due + (late + 1) * stream.pace);
    return;
  }
  stream.response.write(ending(stream.tokens, stream.usage));
  stream.response.end();
  active--;
}

function tick(): void {
  const now = Math.floor(performance.now());
  for (; cursor <= now; cursor++) {
    const slot = wheel[cursor % SLOTS]!;
    if (slot.length === 0) continue;
    wheel[cursor % SLOTS] = [];
    for (const stream of slot) advance(stream, cursor, now);
  }
  if (active === 0 && ticking) {
    clearInterval(ticking);
    ticking = null;
  }
}

function pace(stream: Stream): void {
  const now = Math.floor(performance.now());
  active++;
  if (!ticking) {
    cursor = now;
    ticking = setInterval(tick, 1);
  }
  schedule(stream, now + stream.pace);
}

function stream(response: ServerResponse, tokens: number, delay: number, usage: boolean): void {
  response.writeHead(200, {
    "content-type": "text/event-stream",
    "cache-control": "no-cache",
    "transfer-encoding": "chunked",
  });
  response.chunkedEncoding = false; // the header stays; the framing is in our buffers
  if (delay === 0 || tokens < 2) {
    response.end(whole(tokens, usage));
    return;
  }
  response.write(Buffer.concat([opening, tokenFrames(0, 1)]));
  pace({ response, tokens, pace: delay, usage, sent: 1 });
}

function answer(body: string, response: ServerResponse): void {
  const wanted = [...body.matchAll(/stub-n(\d{1,6})-p(\d{1,4})/g)].at(-1);
  const tokens = wanted ? Number(wanted[1]) : 1;
  if (/"stream"\s*:\s*true/.test(body)) {
    const usage = /"include_usage"\s*:\s*true/.test(body);
    stream(response, tokens, wanted ? Math.min(4000, Number(wanted[2])) : 0, usage);
    return;
  }
  const content = Array.from({ length: tokens }, (_, i) => WORDS[i % WORDS.length]).join("");
  const message = { role: "assistant", content };
  const choices = [{ index: 0, message, finish_reason: "stop" }];
  json(response, 200, { ...HEAD, object: "chat.completion", choices, usage: usageOf(tokens) });
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function handle(request: IncomingMessage, response: ServerResponse): void {
  if (request.url?.endsWith("/models")) {
    const data = [{ id: "stub", object: "model", created: HEAD.created, owned_by: "bench" }];
    json(response, 200, { object: "list", data });
    return;
  }
  if (request.method !== "POST" || !request.url?.endsWith("/chat/completions")) {
    json(response, 404, { error: { message: "not found", type: "invalid_request_error" } });
    return;
  }
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("end", () => answer(Buffer.concat(parts).toString(), response));
}

const server = createServer(handle);
server.keepAliveTimeout = 120_000;
listenAndReport(server);
