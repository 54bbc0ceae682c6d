import { once } from "node:events";
import { createServer, request } from "node:http";
import { expect, it, onTestFinished } from "vitest";
import { readJson } from "./body.ts";

it("tells a client that left in the middle of its body from a fault of the server", async () => {
  const outcome = Promise.withResolvers<unknown>();
  const server = createServer((incoming) => {
    incoming.once("data", () => client.destroy());
    readJson(incoming).then(outcome.resolve, outcome.reject);
  });
  server.listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("no port");
  const headers = { "content-type": "application/json", "content-length": 100 };
  const client = request({ port: address.port, host: "127.0.0.1", method: "POST", headers });
  client.on("error", () => {});
  client.write('{"message": "The beginning of');
  await expect(outcome.promise).rejects.toMatchObject({
    code: "UNAVAILABLE",
    message: "The request was cut off.",
    cause: { message: "aborted" },
  });
});
