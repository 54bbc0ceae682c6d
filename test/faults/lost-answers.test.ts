/**
 * The worst way for a database to fail: it does the work, and its answer is lost. Everything that was stored and
 * seemed to fail is found again, nothing is done twice, and no run is left with nobody to run it.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { createScriptedProvider } from "../../src/providers/scripted.ts";
import type { ChatService } from "../../src/runs/service.ts";
import { composeTestEngine } from "../../src/runs/testing/engine.ts";
import { UnavailableError } from "../../src/workflow/errors.ts";
import type { Store } from "../../src/workflow/ports/store.ts";
import type { RunStore, StoredRun } from "../../src/workflow/ports/stores/runs.ts";
import { ENGINES } from "../support/engines.ts";
import { between, chooseCount, chooseSeed, type Random, seeded } from "./support/random.ts";

const USER = "local";

/** How many of the store's answers get lost. */
const LOST = 0.15;

/** A store whose changes are made, and then sometimes seem to have failed. */
function losingAnswers(store: Store, random: Random, onLost: () => void): Store {
  const perhapsLost = async <T>(change: Promise<T>): Promise<T> => {
    const result = await change;
    if (random() >= LOST) return result;
    onLost();
    throw new UnavailableError("UNAVAILABLE", "The answer was lost.", 10);
  };
  const runs = new Proxy<RunStore>(store.runs, {
    get: (target, name: keyof RunStore) => {
      if (name !== "takeOver") return target[name].bind(target);
      return (orphan: StoredRun, instanceId: string) =>
        perhapsLost(target.takeOver(orphan, instanceId));
    },
  });
  return { ...store, runs, transaction: (work) => perhapsLost(store.transaction(work)) };
}

function compose(store: Store) {
  const provider = createScriptedProvider(
    () => [
      { type: "text", text: "one " },
      { type: "text", text: "two" },
      { type: "finish", reason: "stop", model: null },
    ],
    { delayMs: 60 },
  );
  return composeTestEngine(store, { provider });
}

/** Sends one message until its acceptance is heard of. */
async function send(service: ChatService, key: string, conversationId: string): Promise<StoredRun> {
  for (;;) {
    try {
      const request = { message: key, conversation_id: conversationId };
      return (await service.send(USER, request, key)).run;
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
    }
  }
}

it.each(ENGINES)("finds again what was stored unheard, $name", async (on) => {
  const random = seeded(chooseSeed(`lost answers, ${on.name}`));
  const messages = chooseCount("FAULT_MESSAGES", 80);
  const { store, dispose } = await on.openStore();
  let lost = 0;
  const engine = compose(losingAnswers(store, random, () => lost++));
  try {
    await engine.start();
    const conversations = Array.from({ length: 20 }, (_, index) => `conv_${index}`);
    for (const id of conversations) await store.conversations.create(USER, { id, title: id });
    const keys = Array.from({ length: messages }, (_, index) => `message ${index}`);
    const runs = await Promise.all(
      keys.map(async (key) => {
        await sleep(between(random, 0, 1000));
        return send(engine.service, key, conversations[between(random, 0, 19)] ?? "");
      }),
    );
    for (const { conversation_id } of runs) {
      while ((await store.runs.underWay(USER, conversation_id)).length > 0) await sleep(50);
    }
    await engine.stop();

    const ended = await Promise.all(runs.map(({ id }) => store.runs.get(USER, id)));
    const stored = (
      await Promise.all(conversations.map((id) => store.messages.all(USER, id)))
    ).flat();
    const attempts = ended.map((run) => run?.attempt ?? 0);
    console.table({ engine: on.name, messages, lost, "most attempts": Math.max(...attempts) });
    // Three lost answers in a row look like three crashes, and then the run is given up.
    const wrong = ended.filter((run) => run?.status !== "completed" && (run?.crashes ?? 0) < 3);
    expect(wrong).toEqual([]);
    expect(lost).toBeGreaterThan(10);
    expect(new Set(runs.map(({ id }) => id)).size).toBe(messages);
    const asked = stored.filter(({ role }) => role === "user").map(({ content }) => content);
    expect(asked.toSorted()).toEqual(keys.toSorted());
    const answers = stored.filter(({ role }) => role === "assistant");
    expect(new Set(answers.map(({ run_id }) => run_id)).size).toBe(answers.length);
  } finally {
    await dispose();
  }
});
