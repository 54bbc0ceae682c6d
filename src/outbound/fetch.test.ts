import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OutboundClient } from "./fetch.ts";

let server: Server;
let base: string;
const signal = new AbortController().signal;
const anywhere = new OutboundClient("any");
const outside = new OutboundClient("public");

beforeAll(async () => {
  server = createServer(({ url = "" }, response) => {
    const [, kind, argument] = url.split("/");
    if (kind === "to") {
      response.writeHead(302, { location: decodeURIComponent(argument ?? "") }).end();
    } else if (kind === "status") response.writeHead(Number(argument)).end("no");
    else response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end("<p>Hi</p>");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
});
afterAll(async () => {
  await Promise.all([anywhere.close(), outside.close()]);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const to = (url: string): string => `${base}/to/${encodeURIComponent(url)}`;

describe("OutboundClient", () => {
  it("reads a page, and says its type and where it was in the end", async () => {
    const { body, mimeType, url } = await anywhere.get(to(`${base}/page`), signal);
    expect([await text(body), mimeType, url.pathname]).toEqual(["<p>Hi</p>", "text/html", "/page"]);
  });

  it("does not go to this machine unless it may go anywhere", async () => {
    await expect(outside.get(`${base}/page`, signal)).rejects.toThrow("not public");
    const port = new URL(base).port;
    await expect(outside.get(`http://localhost.:${port}/`, signal)).rejects.toThrow("not public");
  });

  it("checks each redirect like the first address", async () => {
    await expect(anywhere.get(to("file:///etc/passwd"), signal)).rejects.toThrow("http://");
    await expect(anywhere.get(to("http://ann:x@127.0.0.1/"), signal)).rejects.toThrow("password");
  });

  it("says what answered, and gives up on circles", async () => {
    await expect(anywhere.get(`${base}/status/404`, signal)).rejects.toMatchObject({
      code: "WORKFLOW_VALIDATION_ERROR",
      message: expect.stringContaining("answered 404"),
    });
    for (const status of [408, 429, 503]) {
      await expect(anywhere.get(`${base}/status/${status}`, signal)).rejects.toMatchObject({
        code: "UNAVAILABLE",
        message: expect.stringContaining(`it answered ${status}`),
      });
    }
    const circle = `${base}/to/${encodeURIComponent("/to/%2Fto")}`;
    await expect(anywhere.get(circle, signal)).rejects.toThrow("more than 5 times");
  });
});
