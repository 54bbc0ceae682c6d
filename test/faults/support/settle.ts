/** After the last fault: everything that was sent is accounted for, and everything under way comes to its end. */
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { clientOf, type Followed, post } from "./follow.ts";

/** Waits until no run is queued or running. */
export async function waitForRuns(url: () => string, limitMs: number): Promise<void> {
  const client = clientOf(url);
  const since = performance.now();
  for (;;) {
    const lists = await Promise.all(
      (["queued", "running", "waiting"] as const).map((status) =>
        client.listRuns({ status, limit: 200 }),
      ),
    );
    const left = lists.flatMap(({ data }) => data);
    if (left.length === 0) return;
    if (performance.now() - since > limitMs) {
      const list = left.map(({ id, status, attempt }) => `${id} ${status} ${attempt}`).join("\n");
      throw new Error(`Not ended after ${limitMs} ms:\n${list}`);
    }
    await sleep(200);
  }
}

/** Every run that a client heard of must be there, before a replayed key could make it anew. */
export async function expectAccepted(url: () => string, sent: readonly Followed[]): Promise<void> {
  const client = clientOf(url);
  for (const { runId, key } of sent) {
    if (runId === null) continue;
    const run = await client.getRun(runId).catch((error: unknown) => error);
    expect({ key, run }).toMatchObject({ key, run: { id: runId } });
  }
}

/** Sends every key once more: the same run for those that are known, one run for those that never heard. */
export async function replayKeys(url: () => string, sent: readonly Followed[]): Promise<void> {
  for (const followed of sent) {
    const response = await post(
      url(),
      followed,
      followed.by === "background" ? "background" : "stream",
    );
    const runId = response.headers.get("x-run-id");
    await response.body?.cancel();
    if (followed.runId === null) {
      followed.unheard = response.headers.has("idempotent-replayed");
      followed.runId = runId;
    }
    expect({ key: followed.key, ok: response.ok, runId }).toEqual({
      key: followed.key,
      ok: true,
      runId: followed.runId,
    });
  }
}

/** Reads ended runs once more, whole and from the middle: byte for byte what their clients were told last. */
export async function expectSameAgain(
  url: () => string,
  sent: readonly Followed[],
  middle: (events: number) => number,
): Promise<void> {
  for (const { key, by, runId, frames } of sent) {
    if (by !== "raw") continue;
    const attempt = frames.at(-1)?.id.split(".")[0];
    const last = frames.filter(({ id }) => id.split(".")[0] === attempt);
    const from = middle(last.length);
    for (const index of [0, from]) {
      const after = index === 0 ? "" : `?after=${last[index - 1]?.id}`;
      const response = await fetch(`${url()}/api/v1/runs/${runId}/events${after}`);
      const expected = last.slice(index).map(({ id, json }) => toFrame(id, json));
      const text = await response.text();
      expect({ key, index, text }).toEqual({ key, index, text: expected.join("") });
    }
  }
}

function toFrame(id: string, json: string): string {
  const type = /^\{"type":"(\w+)"/.exec(json)?.[1];
  return `id: ${id}\nevent: ${type}\ndata: ${json}\n\n`;
}
