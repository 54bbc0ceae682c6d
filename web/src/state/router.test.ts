import { expect, test } from "vitest";
import { formatRoute, parseRoute } from "./router.ts";

test.each([
  ["/", { conversationId: null, leaf: null }],
  ["/c/conv_1", { conversationId: "conv_1", leaf: null }],
  ["/c/conv_1?leaf=msg_2", { conversationId: "conv_1", leaf: "msg_2" }],
])("%s is read as it is written", (address, route) => {
  const { pathname, search } = new URL(address, "http://localhost");
  expect(parseRoute(pathname, search)).toEqual(route);
  expect(formatRoute(route)).toBe(address);
});

test.each(["/c/", "/c/a/b", "/c/%2e%2e", "/other"])("%s is a new chat", (pathname) => {
  expect(parseRoute(pathname, "?leaf=x")).toEqual({ conversationId: null, leaf: null });
});
