/** `chatter chat` */
import { text } from "node:stream/consumers";
import { type ChatInput, type Client, ConnectionError, createClient } from "../client/index.ts";
import { loadConfig } from "../config.ts";
import { urlOf } from "../config/config.ts";

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
  return urlOf(host, port);
}

async function conversationOf(client: Client, options: ChatOptions): Promise<string | null> {
  if (options.conversation) return options.conversation;
  if (!options.continue) return null;
  const { data } = await client.listConversations({ limit: 1 });
  return data[0]?.id ?? null;
}

/** Prints the answer of a request as it comes; returns the conversation that it is in. Throws when the run fails. */
async function printAnswer(client: Client, request: ChatInput): Promise<string> {
  let conversationId = "";
  let failure: string | null = null;
  for await (const { event } of client.stream(request)) {
    if (event.type === "start") conversationId = event.conversation_id;
    if (event.type === "restart") process.stdout.write("\n--- the answer begins again ---\n");
    if (event.type === "token") process.stdout.write(event.content);
    if (event.type === "error") failure = event.detail;
    if (event.type === "end" && event.status !== "completed") {
      failure ??= `The answer was ${event.status} before its end.`;
    }
  }
  process.stdout.write("\n");
  if (failure !== null) throw new Error(failure);
  return conversationId;
}

/** Sends a message, prints the answer as it comes, and says how to go on. Throws when the run fails. */
export async function chat(message: string, options: ChatOptions): Promise<void> {
  const baseUrl = await serverUrl(options);
  const client = createClient({ baseUrl, ...(options.key && { apiKey: options.key }) });
  try {
    const conversation_id = await conversationOf(client, options);
    const conversationId = await printAnswer(client, {
      message: message === "-" ? (await text(process.stdin)).trim() : message,
      ...(conversation_id && { conversation_id }),
      ...(options.model && { model: options.model }),
      ...(options.provider && { provider: options.provider }),
      ...(options.system && { system_prompt_override: options.system }),
    });
    if (process.stderr.isTTY) {
      console.error(`\nTo go on: chatter chat --conversation ${conversationId} "…"`);
    }
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error;
    const hint = `${baseUrl} does not answer as Chatter does. Start a server with chatter serve, or name one with --url`;
    throw new Error(hint, { cause: error });
  }
}
