/** A model for the tests of the page: its answers depend on what it is asked, and it can be told to fail. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a server asks of it. */
interface Asked {
  readonly model: string;
  readonly temperature?: number;
  readonly messages: readonly { readonly role: string; readonly content: string | null }[];
}

export interface TestModel {
  /** The base URL for the server's configuration. */
  readonly url: string;
  /** What it was asked for an answer, the newest last. */
  readonly asked: Asked[];
  /** The next this many requests fail. */
  failures: number;
  readonly stop: () => Promise<void>;
}

const WORD_MS = 20;

/** Markdown with everything that could reach outside of the page, or run in it. */
const RICH = `## A heading

A [link](https://example.org/there) and ![a picture](https://example.org/cat.png).

\`\`\`ts
const sum: number = 1 + 2;
\`\`\`

| a | b |
| - | - |
| 1 | 2 |

<script>window.broken = true</script><img src=x onerror="window.broken = true">

[bad](javascript:window.broken=true)
`;

function story(length: number): string {
  return Array.from({ length }, (_, index) => `word${index}`).join(" ");
}

function answerTo(question: string): string {
  if (question.includes("rich")) return RICH;
  if (question.includes("long")) return story(150);
  const length = /of (\d+) words/.exec(question)?.[1];
  if (length) return story(Number(length));
  return `You said: ${question}`;
}

/** The calls that a message orders: `use the_tool {"with": "these"}`, as many as it likes. */
function callsIn(question: string): object[] {
  return [...question.matchAll(/use (\w+) (\{.*?\})/g)].map(([, name, args], index) => ({
    index,
    id: `call_${index}`,
    type: "function",
    function: { name, arguments: args },
  }));
}

async function answer({ messages }: Asked, response: ServerResponse): Promise<void> {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send = (data: object): boolean => response.write(`data: ${JSON.stringify(data)}\n\n`);
  const { role, content: last } = messages.at(-1) ?? { role: "user", content: "" };
  const calls = role === "user" ? callsIn(last ?? "") : [];
  if (calls.length > 0) send({ choices: [{ index: 0, delta: { tool_calls: calls } }] });
  const text = role === "tool" ? `The tools said: ${last}` : answerTo(last ?? "");
  for (const content of calls.length > 0 ? [] : (text.match(/\s*\S+|\s+$/g) ?? [])) {
    if (response.destroyed) return;
    send({ choices: [{ index: 0, delta: { content } }] });
    await new Promise((resolve) => setTimeout(resolve, WORD_MS));
  }
  const reason = calls.length > 0 ? "tool_calls" : "stop";
  send({ choices: [{ index: 0, delta: {}, finish_reason: reason }] });
  send({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 } });
  response.end("data: [DONE]\n\n");
}

async function readBody(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as Asked;
}

/** Starts it on a free port. */
export async function startModel(): Promise<TestModel> {
  const server = createServer((request, response) => {
    if (request.url?.endsWith("/models")) {
      const body = JSON.stringify({ data: [{ id: "stub" }, { id: "other" }] });
      response.writeHead(200, { "content-type": "application/json" }).end(body);
    } else if (model.failures > 0) {
      model.failures--;
      const body = JSON.stringify({ error: { message: "out for lunch" } });
      response.writeHead(400, { "content-type": "application/json" }).end(body);
    } else {
      const reply = async (): Promise<void> => {
        const body = await readBody(request);
        model.asked.push(body);
        await answer(body, response);
      };
      reply().catch(() => response.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const model: TestModel = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked: [],
    failures: 0,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return model;
}
