/**
 * The program of a parsing child: it reads requests and answers them one after the other, until its input ends. It may
 * be killed at any time, and kills itself (watchdog.js) when it takes too much memory or its server is gone.
 */
import { once } from "node:events";
import { Socket } from "node:net";
import { Worker } from "node:worker_threads";
import { chunkDocument } from "../chunk.ts";
import { DocumentError } from "./errors.ts";
import { parseBytes } from "./parse.ts";
import { type ParseRequest, REPLY_DESCRIPTOR, type ReplyPart, replyParts } from "./protocol.ts";

const [parent, residentBytes] = process.argv.slice(2).map(Number);
const NEWLINE = 0x0a;

/** Watches from a thread of its own: this one may be held up by a file for as long as the file likes. */
function startWatchdog(): void {
  const watchdog = new Worker(new URL("watchdog.js", import.meta.url), {
    workerData: { parent, residentBytes },
    env: {},
    resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 2 },
  });
  watchdog.unref();
}

interface Received {
  readonly request: ParseRequest;
  readonly bytes: Buffer;
}

/** The requests with the bytes that follow them. */
async function* receive(input: AsyncIterable<Buffer>): AsyncGenerator<Received> {
  let head: Buffer[] = [];
  let request: ParseRequest | null = null;
  let bytes = Buffer.alloc(0);
  let filled = 0;
  for await (let piece of input) {
    while (piece.length > 0 || (request && filled === bytes.length)) {
      if (!request) {
        const end = piece.indexOf(NEWLINE);
        head.push(end === -1 ? piece : piece.subarray(0, end));
        piece = end === -1 ? Buffer.alloc(0) : piece.subarray(end + 1);
        if (end === -1) continue;
        request = JSON.parse(Buffer.concat(head).toString("utf8")) as ParseRequest;
        head = [];
        bytes = Buffer.alloc(request.size);
        filled = 0;
      }
      const taken = piece.copy(bytes, filled);
      filled += taken;
      piece = piece.subarray(taken);
      if (filled < bytes.length) continue;
      yield { request, bytes };
      request = null;
      bytes = Buffer.alloc(0);
    }
  }
}

async function* answer({ request, bytes }: Received): AsyncGenerator<ReplyPart> {
  try {
    const document = await parseBytes(bytes, request, request.limits);
    const chunks = chunkDocument(document, request.chunking);
    yield* replyParts(document, chunks, process.memoryUsage.rss());
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error;
    yield { error: { reason: error.reason, message: error.message } };
  }
}

async function main(): Promise<void> {
  startWatchdog();
  // A promise that a library forgot is not the result: that is what the parser returns.
  process.on("unhandledRejection", () => {});
  const output = new Socket({ fd: REPLY_DESCRIPTOR, readable: false, writable: true });
  for await (const received of receive(process.stdin)) {
    for await (const part of answer(received)) {
      if (!output.write(`${JSON.stringify(part)}\n`)) await once(output, "drain");
    }
  }
  process.exit(0);
}

await main();
