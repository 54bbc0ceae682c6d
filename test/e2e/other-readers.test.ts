/** Clients that are not ours read the stream and resume it: the `eventsource` package, and plain curl. */
import { EventSource } from "eventsource";
import { describe, expect, it } from "vitest";
import { RunEvent } from "../../src/contract/events.ts";
import { Api } from "../support/api.ts";
import { run } from "../support/command.ts";
import { ENGINES } from "../support/engines.ts";
import type { TestServer } from "../support/server.ts";
import { bytesOf, parseFrames, textOf } from "../support/sse.ts";
import { useStage } from "../support/stage.ts";
import { answerText } from "../support/upstream.ts";

/** Listens with an EventSource until `end`; calls `onToken` for each token. */
function listen(address: string, onToken: () => void = () => {}) {
  return new Promise<RunEvent[]>((resolve, reject) => {
    const events: RunEvent[] = [];
    const source = new EventSource(address);
    const take = ({ data }: { readonly data: string }): void => {
      const event = RunEvent.parse(JSON.parse(data));
      events.push(event);
      if (event.type === "token") onToken();
      if (event.type !== "end") return;
      source.close();
      resolve(events);
    };
    for (const type of ["start", "restart", "step", "token", "usage", "message", "end"]) {
      source.addEventListener(type, take);
    }
    source.addEventListener("error", ({ code, message }) => {
      if (code !== undefined) reject(new Error(`${code} ${message}`));
    });
  });
}

function text(events: readonly RunEvent[]): string {
  return events.map((event) => (event.type === "token" ? event.content : "")).join("");
}

describe.each(ENGINES)("other readers on $name", (engine) => {
  const stage = useStage(engine);

  it("an EventSource reads a live run and a finished one", async () => {
    const { id } = await stage.api.start("[tokens=20 pace=10] hello");
    const live = await listen(stage.api.address(`/runs/${id}/events`));
    expect(text(live)).toBe(answerText(20));
    const again = await listen(stage.api.address(`/runs/${id}/events`));
    expect(again).toEqual(live);
  });

  it("an EventSource whose server is killed in the middle reconnects and goes on by itself", async () => {
    const { baseUrl: upstream } = stage.upstream;
    const place = await engine.openPlace();
    const server = await place.start({ upstream });
    const env = { CHATTER_PORT: new URL(server.url).port };
    const successors: Promise<TestServer>[] = [];
    try {
      const api = new Api(server.url);
      const { id } = await api.start("[tokens=40 pace=40] hello");
      const events = await listen(api.address(`/runs/${id}/events`), () => {
        if (successors.length > 0) return;
        successors.push(server.kill().then(() => place.start({ upstream, env })));
      });
      const restart = events.findIndex(({ type }) => type === "restart");
      expect(restart).toBeGreaterThan(0);
      expect(text(events.slice(restart))).toBe(answerText(40));
    } finally {
      for (const successor of await Promise.all(successors)) await successor.stop();
      await server.stop();
      await place.dispose();
    }
  });

  it("curl reads the stream of a chat as it comes", async () => {
    const json = ["-H", "content-type: application/json"];
    const body = JSON.stringify({ message: "[tokens=10 pace=10] hello", stream: true });
    const address = stage.api.address("/chat");
    const { stdout, code } = await run("curl", ["-sN", ...json, "-d", body, address]);
    expect(code).toBe(0);
    const frames = parseFrames(stdout);
    expect(textOf(frames)).toBe(answerText(10));
    expect(frames.at(-1)?.event).toBe("end");
  });

  it("curl that is stopped in the middle resumes with the last id it has seen", async () => {
    const { id } = await stage.api.start("[tokens=30 pace=30] hello");
    const address = stage.api.address(`/runs/${id}/events`);
    const until = (stdout: string): boolean => stdout.includes("id: 1.9\n");
    const first = await run("curl", ["-sN", address], { until });
    const seen = parseFrames(first.stdout.slice(0, first.stdout.lastIndexOf("\n\n") + 2));
    const rest = await run("curl", ["-sN", "-H", `Last-Event-ID: ${seen.at(-1)?.id}`, address]);
    const all = await stage.api.events(id);
    expect(bytesOf([...seen, ...parseFrames(rest.stdout)])).toBe(bytesOf(all));
  });
});
