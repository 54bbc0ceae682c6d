/** What of the workflows and templates could run here and now; the server is asked, not guessed. */
import type { Client } from "../../../src/client/index.ts";
import { createStore, type Store } from "../api/store.ts";
import type { Catalogue, Choice } from "./answer-settings.ts";
import { lackOfTemplate, lackOfWorkflow } from "./reasons.ts";

/** Why a choice cannot run, by its key; null where it can. What was not asked about is absent. */
export type Lacks = ReadonlyMap<string, string | null>;

export interface Availability {
  readonly state: Store<Lacks>;
  /** Asks about all of them. Never rejects: what could not be asked keeps its last answer. */
  readonly check: (catalogue: Catalogue) => Promise<void>;
}

/** What tells choices apart, across both kinds. */
export function keyOf({ kind, name }: Choice): string {
  return `${kind}:${name}`;
}

export function createAvailability(client: Client): Availability {
  const state = createStore<Lacks>(new Map());
  const learn = async (choice: Choice, ask: () => Promise<string | null>): Promise<void> => {
    const lack = await ask();
    state.set(new Map(state.get()).set(keyOf(choice), lack));
  };
  return {
    state,
    check: async ({ workflows, templates }) => {
      await Promise.allSettled([
        ...workflows.map(({ type }) =>
          learn({ kind: "workflow", name: type }, async () =>
            lackOfWorkflow(await client.validateWorkflow({ message: "?", workflow: type })),
          ),
        ),
        ...templates.map(({ name }) =>
          learn({ kind: "template", name }, async () =>
            lackOfTemplate(await client.validateTemplate(name)),
          ),
        ),
      ]);
    },
  };
}
