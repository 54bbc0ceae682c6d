/** Wake-ups over `NOTIFY`: a connection that listens, and messages that are sent together. */
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Client, type ClientConfig } from "pg";
import type { Wakeup, Wakeups } from "../../workflow/ports/wakeups.ts";
import { withoutClient } from "./driver.ts";

/** All instances on one database hear each other; databases of one server do not. */
const CHANNEL = "chatter";

/** How long messages wait for others to go with, in milliseconds. */
const TOGETHER_MS = 5;

/** PostgreSQL takes payloads of less than 8,000 bytes; names are ASCII. */
const LONGEST = 7900;

/** The pauses between attempts to connect again, in milliseconds. */
const PAUSES_MS = [100, 250, 500, 1000, 2000] as const;
const LONGEST_PAUSE_MS = 5000;

function toLine(wakeup: Wakeup): string {
  return wakeup.what === "work" ? "work" : `${wakeup.what} ${wakeup.runId}`;
}

/** Null for what another version may mean. */
function toWakeup(line: string): Wakeup | null {
  const [what, runId] = line.split(" ");
  if (what === "work") return { what };
  if (!runId) return null;
  return what === "stop" || what === "news" || what === "follow" ? { what, runId } : null;
}

/** Lines in payloads that are not too long, each after the name of its sender. */
export function toPayloads(sender: string, lines: Iterable<string>): string[] {
  const payloads: string[] = [];
  let payload = sender;
  for (const line of lines) {
    if (payload.length + 1 + line.length > LONGEST) {
      payloads.push(payload);
      payload = sender;
    }
    payload += `\n${line}`;
  }
  return payload === sender ? payloads : [...payloads, payload];
}

/** Ends a connection, also one that is broken. */
async function close(client: Client): Promise<void> {
  try {
    await client.end();
  } catch {
    // It had ended.
  }
}

interface Ports {
  /** Where to listen. */
  readonly connection: ClientConfig;
  /** Sends one payload on a channel. */
  readonly notify: (channel: string, payload: string) => Promise<unknown>;
  /** Hears why the connection was lost, or could not be made. */
  readonly onError: (error: Error) => void;
}

type Listener = Parameters<Wakeups["listen"]>;

export class PostgresWakeups implements Wakeups {
  readonly #ports: Ports;
  readonly #name = randomUUID();
  readonly #pending = new Set<string>();
  #sending: Promise<void> | null = null;
  #client: Client | null = null;
  #connected = false;
  #retry: NodeJS.Timeout | undefined;
  #failures = 0;
  #closed = false;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  get connected(): boolean {
    return this.#connected;
  }

  send(wakeup: Wakeup): void {
    if (this.#closed) return;
    this.#pending.add(toLine(wakeup));
    this.#sending ??= this.#sendSoon().finally(() => {
      this.#sending = null;
    });
  }

  listen(...listener: Listener): void {
    void this.#connect(listener);
  }

  /** Sends what there is to send, and hears nothing any more. */
  async close(): Promise<void> {
    await this.#sending;
    this.#closed = true;
    clearTimeout(this.#retry);
    const client = this.#client;
    this.#lose();
    if (client) await close(client);
  }

  async #sendSoon(): Promise<void> {
    while (this.#pending.size > 0) {
      await sleep(TOGETHER_MS);
      const lines = [...this.#pending];
      this.#pending.clear();
      try {
        for (const payload of toPayloads(this.#name, lines)) {
          await this.#ports.notify(CHANNEL, payload);
        }
      } catch {
        // The database is away, and with it everybody who could have heard.
      }
    }
  }

  async #connect(listener: Listener): Promise<void> {
    const [onWakeup, onGap] = listener;
    const client = new Client(this.#ports.connection);
    this.#client = client;
    client.on("notification", ({ payload = "" }) => {
      const [sender, ...lines] = payload.split("\n");
      if (sender === this.#name) return;
      for (const wakeup of lines.map(toWakeup)) if (wakeup) onWakeup(wakeup);
    });
    const onEnd = (cause: Error): void => {
      if (this.#client !== client) return;
      this.#lose();
      void close(client);
      this.#ports.onError(withoutClient(cause));
      const pause = PAUSES_MS[this.#failures++] ?? LONGEST_PAUSE_MS;
      this.#retry = setTimeout(() => void this.#connect(listener), pause);
      this.#retry.unref();
    };
    client.on("error", onEnd);
    client.on("end", () => onEnd(new Error("The connection that hears other instances ended.")));
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
    } catch (error) {
      onEnd(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    if (this.#client !== client) return;
    this.#connected = true;
    this.#failures = 0;
    onGap();
  }

  #lose(): void {
    this.#client = null;
    this.#connected = false;
  }
}
