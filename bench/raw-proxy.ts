/**
 * The yardstick: the least that a `node:http` server can do and still do the work. It takes Chatter's chat request,
 * asks the provider, parses every frame and sends events of its own. It stores nothing, limits nobody, resumes nothing.
 */
import { Agent, createServer, request as send, type ServerResponse } from "node:http";
import { StringDecoder } from "node:string_decoder";
import { listenAndReport } from "./listen.ts";

interface ChatBody {
  readonly message: string;
}

interface ProviderFrame {
  readonly choices: readonly { readonly delta?: { readonly content?: string } }[];
}

const upstream = new URL(process.env["OPENAI_BASE_URL"] ?? "http://127.0.0.1:9000/v1");
const agent = new Agent({ keepAlive: true, maxSockets: Infinity, maxFreeSockets: 4096 });
const END = 'event: end\ndata: {"type":"end","status":"completed"}\n\n';

function toEvents(frame: string): string {
  if (!frame.startsWith("data: ")) return "";
  const data = frame.slice(6);
  if (data === "[DONE]") return END;
  const content = (JSON.parse(data) as ProviderFrame).choices[0]?.delta?.content;
  if (!content) return "";
  const event = JSON.stringify({ type: "token", content, node: "model" });
  return `event: token\ndata: ${event}\n\n`;
}

function relay(message: string, response: ServerResponse): void {
  const body = JSON.stringify({
    model: "stub",
    messages: [{ role: "user", content: message }],
    stream: true,
    stream_options: { include_usage: true },
  });
  const call = send({
    agent,
    host: upstream.hostname,
    port: upstream.port,
    path: `${upstream.pathname}/chat/completions`,
    method: "POST",
    headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
  });
  const fail = (): void => {
    if (!response.headersSent) response.writeHead(502);
    response.destroy();
  };
  call.on("error", fail);
  call.on("response", (answer) => {
    response.writeHead(200, {
      "content-type": "text/event-stream",
      "cache-control": "no-cache",
    });
    const decoder = new StringDecoder("utf8");
    let rest = "";
    answer.on("data", (bytes: Buffer) => {
      rest += decoder.write(bytes);
      let out = "";
      let from = 0;
      for (let at = rest.indexOf("\n\n"); at >= 0; at = rest.indexOf("\n\n", from)) {
        out += toEvents(rest.slice(from, at));
        from = at + 2;
      }
      rest = rest.slice(from);
      if (out !== "") response.write(out);
    });
    answer.on("end", () => response.end());
    answer.on("error", fail);
  });
  response.on("close", () => {
    if (!response.writableFinished) call.destroy();
  });
  call.end(body);
}

const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on("data", (part: Buffer) => parts.push(part));
  request.on("end", () => {
    const body = JSON.parse(Buffer.concat(parts).toString()) as ChatBody;
    relay(body.message, response);
  });
});
server.keepAliveTimeout = 120_000;
listenAndReport(server);
