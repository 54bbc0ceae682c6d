/** Reading a run again from any of its events gives the same bytes after it, live or finished. */
import { describe, expect, it } from "vitest";
import type { Api } from "../support/api.ts";
import { ENGINES } from "../support/engines.ts";
import { openSlowReader } from "../support/slow-reader.ts";
import { bytesOf, collect, type Frame, only, parseFrames, textOf } from "../support/sse.ts";
import { useStage } from "../support/stage.ts";
import { answerText, wordAt } from "../support/upstream.ts";

/** The frames after an id, asked for in the two ways that the contract gives. */
async function resumed(api: Api, runId: string, id: string): Promise<[Frame[], Frame[]]> {
  const stream = await api.follow(runId, id);
  return Promise.all([collect(stream.frames), api.events(runId, `?after=${id}`)]);
}

describe.each(ENGINES)("resuming on $name", (engine) => {
  const stage = useStage(engine);

  it("a finished run, from every event", async () => {
    const { run_id } = await stage.api.chat("[tokens=20] hello");
    const all = await stage.api.events(run_id);
    expect(textOf(all)).toBe(answerText(20));
    expect(bytesOf(await stage.api.events(run_id, "?after=0.0"))).toBe(bytesOf(all));
    for (const [index, { id }] of all.entries()) {
      const rest = bytesOf(all.slice(index + 1));
      for (const frames of await resumed(stage.api, run_id, id)) expect(bytesOf(frames)).toBe(rest);
    }
  });

  it("a live run, from every event, with readers that join while it answers", async () => {
    const stream = await stage.api.stream("[tokens=30 pace=25] hello");
    const all: Frame[] = [];
    const readers: Promise<[index: number, ...Awaited<ReturnType<typeof resumed>>]>[] = [];
    for await (const frame of stream.frames) {
      const index = all.push(frame) - 1;
      readers.push(resumed(stage.api, stream.runId, frame.id).then((frames) => [index, ...frames]));
    }
    expect(textOf(all)).toBe(answerText(30));
    for (const [index, byHeader, byQuery] of await Promise.all(readers)) {
      const rest = bytesOf(all.slice(index + 1));
      expect(bytesOf(byHeader)).toBe(rest);
      expect(bytesOf(byQuery)).toBe(rest);
    }
    expect(readers.length).toBeGreaterThan(30);
  });

  it("twenty readers of one run all get every byte of it", async () => {
    const { id } = await stage.api.start("[tokens=40 pace=10] hello");
    const readers = await Promise.all(Array.from({ length: 20 }, () => stage.api.events(id)));
    const bytes = new Set(readers.map(bytesOf));
    expect(bytes.size).toBe(1);
    expect(textOf(readers[0] ?? [])).toBe(answerText(40));
  });

  it("the header goes before the query, as a browser's reconnection needs it", async () => {
    const { run_id } = await stage.api.chat("hello");
    const all = await stage.api.events(run_id);
    const stream = await stage.api.open("GET", `/runs/${run_id}/events?after=1.1`, {
      headers: { "last-event-id": "1.4" },
    });
    expect(bytesOf(await collect(stream.frames))).toBe(bytesOf(all.slice(4)));
  });

  it("an id ahead of what is written waits for it", async () => {
    const { id } = await stage.api.start("[tokens=10 pace=30] hello");
    const frames = await stage.api.events(id, "?after=1.10");
    const all = await stage.api.events(id);
    expect(bytesOf(frames)).toBe(bytesOf(all.slice(10)));
    expect(frames.length).toBeGreaterThan(3);
  });

  it("an id beyond the end of a finished run gets nothing, and no waiting", async () => {
    const { run_id } = await stage.api.chat("hello");
    expect(await stage.api.events(run_id, "?after=1.999")).toEqual([]);
    expect(await stage.api.events(run_id, "?after=9.1")).toEqual([]);
  });

  it.each(["", "x", "1", "1.", ".1", "1.1.1", "-1.1", "1.1e3", "9999999999.1", "1.1 OR 1=1"])(
    "%j is no id",
    async (id) => {
      const { run_id } = await stage.api.chat("hello");
      const path = `/runs/${run_id}/events`;
      const byQuery = await stage.api.refused("GET", `${path}?after=${encodeURIComponent(id)}`);
      const byHeader = await stage.api.refused("GET", path, { headers: { "last-event-id": id } });
      for (const { status, problem } of [byQuery, byHeader]) {
        expect(status).toBe(422);
        expect(problem.errors?.[0]?.message).toContain("event id");
      }
    },
  );

  it("pings while the provider is silent", async () => {
    const { id } = await stage.api.start("[tokens=0 then=hang] hello");
    const abort = new AbortController();
    const response = await stage.api.send("GET", `/runs/${id}/events`, { signal: abort.signal });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    const since = Date.now();
    let text = "";
    while (!text.includes(": ping\n\n")) text += (await reader?.read())?.value ?? "";
    expect(Date.now() - since).toBeLessThan(15_000);
    expect(text).not.toContain("event: token");
    abort.abort();
    await stage.api.send("POST", `/runs/${id}/cancel`);
  });

  it("cuts a reader off that takes nothing; it resumes without a loss, and nobody else notices", async () => {
    const tokens = 600;
    const order = `[tokens=${tokens} size=20000 pace=3] hello`;
    const { id } = await stage.api.start(order);
    const other = stage.api.events(id);
    const slow = await openSlowReader(stage.api.address(`/runs/${id}/events`));
    const all = await other;
    expect(only(all, "end").status).toBe("completed");
    expect(all.filter(({ event }) => event === "token")).toHaveLength(tokens);
    // What the sockets hold is finite, so the server sees that nobody reads.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const received = await slow.drain();
    const complete = parseFrames(received.slice(0, received.lastIndexOf("\n\n") + 2));
    expect(complete.length).toBeGreaterThan(0);
    expect(complete.length).toBeLessThan(all.length);
    expect(bytesOf(complete)).toBe(bytesOf(all.slice(0, complete.length)));
    const rest = await stage.api.events(id, `?after=${complete.at(-1)?.id}`);
    expect(bytesOf([...complete, ...rest])).toBe(bytesOf(all));
    expect(textOf([...complete, ...rest])).toContain(wordAt(tokens - 1, 20_000));
  });
});
