/** A model for the tests of the page: its answers depend on what it is asked, and it can be told to fail. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface TestModel {
  /** The base URL for the server's configuration. */
  readonly url: string;
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

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { messages } = JSON.parse(Buffer.concat(chunks).toString()) as {
    messages: { content: string }[];
  };
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send = (data: object): boolean => response.write(`data: ${JSON.stringify(data)}\n\n`);
  for (const content of answerTo(messages.at(-1)?.content ?? "").match(/\s*\S+|\s+$/g) ?? []) {
    if (response.destroyed) return;
    send({ choices: [{ index: 0, delta: { content } }] });
    await new Promise((resolve) => setTimeout(resolve, WORD_MS));
  }
  send({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] });
  send({ choices: [], usage: { prompt_tokens: 7, completion_tokens: 5, total_tokens: 12 } });
  response.end("data: [DONE]\n\n");
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
      answer(request, response).catch(() => response.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const model: TestModel = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    failures: 0,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return model;
}
