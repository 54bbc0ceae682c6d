import { expect, test } from "vitest";
import {
  formatRoute,
  LIBRARY,
  NEW_CHAT,
  parseRoute,
  RETRIEVERS,
  type Route,
  TICKETS,
  TOOLS,
} from "./router.ts";

const passage = { chunkId: "chk_2", start: 10, end: 90 };

test.each<[string, Route]>([
  ["/", NEW_CHAT],
  ["/c/conv_1", { place: "chat", conversationId: "conv_1", leaf: null }],
  ["/c/conv_1?leaf=msg_2", { place: "chat", conversationId: "conv_1", leaf: "msg_2" }],
  ["/documents", LIBRARY],
  ["/documents/doc_1", { place: "document", documentId: "doc_1", passage: null }],
  ["/documents/doc_1?passage=chk_2&at=10-90", { place: "document", documentId: "doc_1", passage }],
  ["/retrievers", RETRIEVERS],
  ["/tools", TOOLS],
  ["/tickets", TICKETS],
  ["/tickets/tkt_1", { place: "ticket", ticketId: "tkt_1" }],
])("%s is read as it is written", (address, route) => {
  const { pathname, search } = new URL(address, "http://localhost");
  expect(parseRoute(pathname, search)).toEqual(route);
  expect(formatRoute(route)).toBe(address);
});

test.each([
  "/c/",
  "/c/a/b",
  "/c/%2e%2e",
  "/other",
  "/retrievers/a",
  "/tools/a",
  "/tickets/a/b",
  "/documents/a/b",
])("%s is a new chat", (pathname) => {
  expect(parseRoute(pathname, "?leaf=x")).toEqual(NEW_CHAT);
});

test.each(["?passage=chk_2", "?passage=chk_2&at=x-y", "?at=1-2"])(
  "%s leads to the document, not into it",
  (search) => {
    expect(parseRoute("/documents/doc_1", search)).toMatchObject({ passage: null });
  },
);
