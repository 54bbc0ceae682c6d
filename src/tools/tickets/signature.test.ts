import { expect, test } from "vitest";
import { signedHeaders } from "./signature.ts";

test("a signature is that of the specification's own example", () => {
  const message = {
    id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
    timestamp: 1614265330,
    body: '{"test": 2432232314}',
  };
  expect(signedHeaders(message, "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).toEqual({
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
});

test("whatever of a message changes, its signature does", () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
  const message = { id: "a", timestamp: 1, body: "{}" };
  const others = [
    signedHeaders({ ...message, id: "b" }, secret),
    signedHeaders({ ...message, timestamp: 2 }, secret),
    signedHeaders({ ...message, body: "[]" }, secret),
    signedHeaders(message, `whsec_${Buffer.alloc(32, 8).toString("base64")}`),
  ].map((headers) => headers["webhook-signature"]);
  const first = signedHeaders(message, secret)["webhook-signature"];
  expect(new Set([first, ...others]).size).toBe(5);
});
