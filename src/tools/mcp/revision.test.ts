/** The revision 2026-07-28 of the protocol, against its official server. */
import { expect, it } from "vitest";
import { program, remote } from "./testing/everything.ts";
import { MODERN, startModern } from "./testing/modern.ts";
import { testServers } from "./testing/servers.ts";

it("is spoken with a program that knows it", async () => {
  await using test = testServers();
  await test.servers.put(program("modern", [MODERN]));
  expect(await test.call("modern__shout", { text: "hello" })).toEqual({
    content: "HELLO",
    structured: { loud: "HELLO" },
  });
  await expect(test.call("modern__broken")).rejects.toThrow("out of paper");
  expect(test.servers.list()).toMatchObject([
    { state: "connected", protocolVersion: "2026-07-28", tools: 2, lastError: null },
  ]);
});

it("is spoken over HTTP, where changes of the list arrive", async () => {
  const server = await startModern();
  {
    await using test = testServers();
    await test.servers.put(remote("modern", server.url));
    expect(await test.call("modern__shout", { text: "hello" })).toMatchObject({ content: "HELLO" });
    expect(test.servers.list()[0]).toMatchObject({ protocolVersion: "2026-07-28", tools: 1 });
    server.offer(["second"]);
    await expect
      .poll(() => test.loader.names, { timeout: 5000 })
      .toEqual(["modern__shout", "modern__second"]);
  }
  await server.close();
});

it("takes a server's own word for a tool that only reads where the definition says so", async () => {
  const server = await startModern();
  {
    await using test = testServers();
    const definition = remote("modern", server.url);
    const policy = async () => {
      await test.servers.prepare(["modern__shout"]);
      return test.loader.entries[0]?.policy;
    };
    await test.servers.put(definition);
    expect(await policy()).toEqual({ effect: "outside", approval: "untrusted", trusted: false });
    await test.servers.put({ ...definition, trustAnnotations: true });
    expect(await policy()).toEqual({ effect: "read", approval: "never", trusted: false });
    await test.servers.put({ ...definition, policy: { effect: "write", trusted: true } });
    expect(await policy()).toEqual({ effect: "write", approval: "untrusted", trusted: false });
  }
  await server.close();
});
