import { createServer, type Server } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGuardedFetch } from "./guarded-fetch.ts";

const anywhere = createGuardedFetch("any");
const outside = createGuardedFetch("public");
let server: Server;
let base: string;
let connections = 0;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const [, kind, argument = ""] = (request.url ?? "").split("/");
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    if (kind === "echo") {
      const { method, headers } = request;
      response.writeHead(200, { "content-type": "application/json", "x-a": ["1", "2"] });
      response.end(JSON.stringify({ method, headers, body }));
    } else if (kind === "to") {
      response.writeHead(302, { location: decodeURIComponent(argument) }).end();
    } else if (kind === "status") response.writeHead(Number(argument)).end();
    else if (kind === "much") {
      response.writeHead(200, { "content-type": argument.replace("~", "/") });
      response.end(Buffer.alloc(34 * 1024 * 1024, "x"));
    } else response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n");
  });
  server.on("connection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  base = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
});
afterAll(async () => {
  await Promise.all([anywhere.close(), outside.close()]);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe("a guarded fetch", () => {
  it("sends what it is given, and answers as fetch does", async () => {
    const response = await anywhere.fetch(`${base}/echo`, {
      method: "POST",
      headers: { "x-key": "k" },
      body: new URLSearchParams({ a: "é" }),
    });
    expect(response).toBeInstanceOf(Response);
    expect([response.status, response.headers.get("x-a")]).toEqual([200, "1, 2"]);
    expect(await response.json()).toMatchObject({
      method: "POST",
      body: "a=%C3%A9",
      headers: {
        "x-key": "k",
        "accept-encoding": "identity",
        "content-type": "application/x-www-form-urlencoded;charset=UTF-8",
      },
    });
  });

  it.each([204, 304, 404, 500])("gives back a status %i", async (status) => {
    const response = await anywhere.fetch(new URL(`${base}/status/${status}`));
    expect([response.status, await response.text()]).toEqual([status, ""]);
  });

  it("follows no redirect: whoever does comes here again", async () => {
    const response = await anywhere.fetch(`${base}/to/${encodeURIComponent("file:///etc/passwd")}`);
    const location = response.headers.get("location") ?? "";
    expect([response.status, location]).toEqual([302, "file:///etc/passwd"]);
    await expect(anywhere.fetch(location)).rejects.toThrow("http:// or https://");
  });

  it("does not so much as connect to an address that is not public", async () => {
    const before = connections;
    const { port } = new URL(base);
    for (const host of ["127.0.0.1", "localhost.", "2130706433", "[::ffff:127.0.0.1]", "0.0.0.0"]) {
      const asked = outside.fetch(`http://${host}:${port}/echo`);
      await expect(asked, host).rejects.toThrow(/not public/);
      await expect(asked, host).rejects.toBeInstanceOf(TypeError);
    }
    expect(connections).toBe(before);
  });

  it("says what could not be reached, and why", async () => {
    await expect(anywhere.fetch("http://127.0.0.1:1/")).rejects.toThrow(
      "http://127.0.0.1:1 could not be reached: connect ECONNREFUSED",
    );
  });

  it("gives a stream of events as it comes, until it is cancelled", async () => {
    const abort = new AbortController();
    const response = await anywhere.fetch(`${base}/events`, { signal: abort.signal });
    const reader = response.body?.getReader();
    const { value } = (await reader?.read()) ?? {};
    expect(new TextDecoder().decode(value)).toBe("data: 1\n\n");
    abort.abort(new Error("enough"));
    await expect(reader?.read()).rejects.toThrow("enough");
    await expect(anywhere.fetch(`${base}/events`, { signal: abort.signal })).rejects.toThrow(
      "enough",
    );
  });

  it("reads no more of a body than it may; a stream of events is its reader's to bound", async () => {
    const long = await anywhere.fetch(`${base}/much/application~json`);
    await expect(long.text()).rejects.toThrow("more than 33554432 bytes");
    const events = await anywhere.fetch(`${base}/much/text~event-stream`);
    expect((await events.arrayBuffer()).byteLength).toBe(34 * 1024 * 1024);
  });
});
