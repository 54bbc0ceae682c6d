/** `chatter chat` */
import { text } from "node:stream/consumers";
import { createClient } from "../client/index.ts";
import type { Client } from "../client/index.ts";
import { loadConfig } from "../config.ts";

export interface ChatOptions {
  readonly continue?: boolean;
  readonly conversation?: string;
  readonly model?: string;
  readonly provider?: string;
  readonly system?: string;
  readonly url?: string;
  readonly key?: string;
}

/** The server of this directory's configuration, where none is named. */
async function serverUrl(options: ChatOptions): Promise<string> {
  if (options.url) return options.url;
  const { host, port } = (await loadConfig(process.env, process.cwd())).config;
  return `http://${host}:${port}`;
}

async function conversationOf(client: Client, options: ChatOptions): Promise<string | null> {
  if (options.conversation) return options.conversation;
  if (!options.continue) return null;
  const { data } = await client.listConversations({ limit: 1 });
  return data[0]?.id ?? null;
}

/** Sends a message, prints the answer as it comes, and says how to go on. Throws when the run fails. */
export async function chat(message: string, options: ChatOptions): Promise<void> {
  const client = createClient({
    baseUrl: await serverUrl(options),
    ...(options.key && { apiKey: options.key }),
  });
  const conversation_id = await conversationOf(client, options);
  const request = {
    message: message === "-" ? (await text(process.stdin)).trim() : message,
    ...(conversation_id && { conversation_id }),
    ...(options.model && { model: options.model }),
    ...(options.provider && { provider: options.provider }),
    ...(options.system && { system_prompt_override: options.system }),
  };
  let conversationId = "";
  for await (const { event } of client.stream(request)) {
    if (event.type === "start") conversationId = event.conversation_id;
    if (event.type === "restart") process.stdout.write("\n--- the answer begins again ---\n");
    if (event.type === "token") process.stdout.write(event.content);
    if (event.type === "error") throw new Error(event.detail);
  }
  process.stdout.write("\n");
  if (process.stderr.isTTY) {
    console.error(`\nTo go on: chatter chat --conversation ${conversationId} "…"`);
  }
}
