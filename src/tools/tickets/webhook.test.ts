import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Job } from "../../workflow/ports/stores/jobs.ts";
import { WEBHOOK, WebhookDelivery } from "./webhook.ts";

const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const never = new AbortController().signal;

const job: Job = {
  id: "job_1",
  kind: WEBHOOK,
  failures: 0,
  payload: {
    id: "evt_1",
    type: "ticket.created",
    timestamp: "2026-01-01T00:00:00Z",
    data: { a: 1 },
  },
};

describe("a webhook", () => {
  let close = (): void => undefined;
  afterEach(() => close());

  /** Listens, and answers each request with this status, or never. */
  async function listen(status: number | null) {
    const seen: { body: string; headers: Record<string, unknown> }[] = [];
    const server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (part: string) => (body += part));
      request.on("end", () => {
        seen.push({ body, headers: request.headers });
        if (status !== null) response.writeHead(status, { location: "/elsewhere" }).end("x");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    close = () => {
      server.closeAllConnections();
      server.close();
    };
    const { port } = server.address() as AddressInfo;
    return { seen, url: `http://127.0.0.1:${port}/hook?token=hidden` };
  }

  it("is sent as JSON, with the id of its event", async () => {
    const { seen, url } = await listen(204);
    const delivery = new WebhookDelivery({ target: { url, secret }, onGivenUp: () => undefined });
    await delivery.run(job, never);
    expect(seen).toHaveLength(1);
    expect(JSON.parse(seen[0]?.body ?? "")).toEqual({
      type: "ticket.created",
      timestamp: "2026-01-01T00:00:00Z",
      data: { a: 1 },
    });
    expect(seen[0]?.headers).toMatchObject({
      "content-type": "application/json",
      "webhook-id": "evt_1",
      "webhook-signature": expect.stringMatching(/^v1,[\w+/]{43}=$/),
    });
  });

  it.each([500, 404, 302])(
    "that is answered with %i has failed, and is not followed",
    async (status) => {
      const { seen, url } = await listen(status);
      const delivery = new WebhookDelivery({ target: { url, secret }, onGivenUp: () => undefined });
      const { host } = new URL(url);
      // The address may hold a secret of its own.
      await expect(delivery.run(job, never)).rejects.toThrow(
        `The webhook at ${host} answered ${status}.`,
      );
      expect(seen).toHaveLength(1);
    },
  );

  it("that is not answered has failed when its time is over", async () => {
    const { url } = await listen(null);
    const options = { target: { url, secret }, onGivenUp: () => undefined, timeoutMs: 50 };
    await expect(new WebhookDelivery(options).run(job, never)).rejects.toThrow(/timeout|aborted/i);
  });

  it("ends with the server that sends it", async () => {
    const { url } = await listen(null);
    const delivery = new WebhookDelivery({ target: { url, secret }, onGivenUp: () => undefined });
    const reason = new Error("the server is stopping");
    await expect(delivery.run(job, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it("is tried for hours, and then given up with a word", async () => {
    const given: unknown[] = [];
    const delivery = new WebhookDelivery({
      target: { url: "http://127.0.0.1:1", secret },
      onGivenUp: ({ id, type }, error) => given.push([id, type, error]),
    });
    const { firstMs, longestMs } = delivery.pause;
    const pauses = Array.from({ length: delivery.maxFailures - 1 }, (_, failures) =>
      Math.min(firstMs * 2 ** failures, longestMs),
    );
    const hours = pauses.reduce((sum, pause) => sum + pause, 0) / 3_600_000;
    expect(hours).toBeGreaterThan(2);
    expect(hours).toBeLessThan(4);
    const error = new Error("refused");
    await delivery.giveUp(job, error);
    expect(given).toEqual([["evt_1", "ticket.created", error]]);
  });
});
