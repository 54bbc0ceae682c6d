/** The tools that come with Chatter, and whom tickets are told. */
import type { Logger } from "pino";
import type { Config } from "../config/config.ts";
import { JobRunner } from "../jobs/runner.ts";
import type { Instance } from "../runs/instance.ts";
import { calculateTool } from "../tools/built-in/calculate.ts";
import { currentTimeTool } from "../tools/built-in/current-time.ts";
import { searchTools } from "../tools/built-in/search.ts";
import { ticketTools } from "../tools/built-in/tickets.ts";
import { createToolSearch } from "../tools/built-in/tool-search.ts";
import { entryOf, type LazyToolLoader } from "../tools/lazy-tool-loader.ts";
import { StoredTicketDesk } from "../tools/tickets/desk.ts";
import { WEBHOOK, WebhookDelivery } from "../tools/tickets/webhook.ts";
import type { Retriever } from "../workflow/ports/retrieval.ts";
import type { Store } from "../workflow/ports/store.ts";
import type { TicketDesk } from "../workflow/ports/tickets.ts";
import type { Tool } from "../workflow/ports/tools.ts";

const BUILT_IN = { kind: "built_in", server: null } as const;

/** What the built-in tools work with. */
interface BuiltInParts {
  readonly retriever: Retriever;
  readonly desk: TicketDesk;
  /** Those that run code. */
  readonly code: readonly Tool[];
}

/** Adds the built-in tools, but for those in whose place the configuration has one of its own. */
export function addBuiltInTools(
  tools: LazyToolLoader,
  { retriever, desk, code }: BuiltInParts,
): void {
  const builtIn = [
    calculateTool,
    currentTimeTool(),
    ...searchTools(retriever),
    ...ticketTools(desk),
    ...code,
    createToolSearch(tools),
  ];
  for (const tool of builtIn) {
    if (!tools.has(tool.name)) tools.register({ ...entryOf(tool), origin: BUILT_IN });
  }
}

/** Tickets, and the jobs that tell others of them. */
export interface Tickets {
  readonly desk: TicketDesk;
  /** Begins with what waits to be told. */
  start(): void;
  /** Stops telling; what waits is told after the next start. */
  stop(): Promise<void>;
}

/** What else tickets are made of. */
interface TicketParts {
  readonly config: Config;
  readonly store: Store;
  readonly instance: Instance;
  readonly log: Logger;
}

/** Puts it together; nothing is sent yet. Webhooks have a runner of their own, so that a slow receiver delays nothing else. */
export function composeTickets({ config, store, instance, log }: TicketParts): Tickets {
  const { webhook } = config;
  if (!webhook) {
    const desk = new StoredTicketDesk({ store, wake: null });
    return { desk, start: () => undefined, stop: () => Promise.resolve() };
  }
  const delivery = new WebhookDelivery({
    target: webhook,
    onGivenUp: ({ id, type }, error) =>
      log.error({ event_id: id, type, err: error }, "a webhook was given up"),
  });
  const jobs = new JobRunner({
    store,
    instance,
    handlers: { [WEBHOOK]: delivery },
    onError: (error) => log.warn({ err: error }, "a webhook failed"),
  });
  const desk = new StoredTicketDesk({ store, wake: () => jobs.wake() });
  return { desk, start: () => jobs.start(), stop: () => jobs.stop() };
}
