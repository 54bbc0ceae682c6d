/**
 * The address of the page. `/` is a new chat, `/c/{id}` a conversation, `?leaf=` one branch of it; `/documents` the
 * library, `/documents/{id}` a document, `?passage=` a place in it; `/retrievers` the retrievers; `/tools` the tools and
 * their servers; `/tickets` the tickets, `/tickets/{id}` one of them.
 */
import { createStore, type Store } from "../api/store.ts";

export interface ChatRoute {
  readonly place: "chat";
  readonly conversationId: string | null;
  /** The last message of the branch to show; null for the newest. */
  readonly leaf: string | null;
}

/** A passage that is referred to: its chunk, and where it stands in the document's text, should the chunk be gone. */
export interface PassageRef {
  readonly chunkId: string;
  readonly start: number;
  readonly end: number;
}

interface LibraryRoute {
  readonly place: "library";
}

export interface DocumentRoute {
  readonly place: "document";
  readonly documentId: string;
  readonly passage: PassageRef | null;
}

interface RetrieversRoute {
  readonly place: "retrievers";
}

interface ToolsRoute {
  readonly place: "tools";
}

interface TicketsRoute {
  readonly place: "tickets";
}

interface TicketRoute {
  readonly place: "ticket";
  readonly ticketId: string;
}

/** Documents and what searches them. */
export type KnowledgeRoute = LibraryRoute | DocumentRoute | RetrieversRoute;

/** Tools and what they leave behind. */
export type ToolRoute = ToolsRoute | TicketsRoute | TicketRoute;

export type Route = ChatRoute | KnowledgeRoute | ToolRoute;

/** Whether an address is that of documents or retrievers. */
export function isKnowledge(route: Route): route is KnowledgeRoute {
  return route.place === "library" || route.place === "document" || route.place === "retrievers";
}

/** Whether an address is that of tools or tickets. */
export function isTools(route: Route): route is ToolRoute {
  return route.place === "tools" || route.place === "tickets" || route.place === "ticket";
}

export interface Router {
  readonly route: Store<Route>;
  readonly go: (route: Route, options?: { replace?: boolean }) => void;
}

export const NEW_CHAT: ChatRoute = Object.freeze({
  place: "chat",
  conversationId: null,
  leaf: null,
});

export const LIBRARY: Route = Object.freeze({ place: "library" });

export const RETRIEVERS: Route = Object.freeze({ place: "retrievers" });

export const TOOLS: Route = Object.freeze({ place: "tools" });

export const TICKETS: Route = Object.freeze({ place: "tickets" });

/** What an address stands for; anything unknown is a new chat. */
export function parseRoute(pathname: string, search: string): Route {
  const match = /^\/(c|documents|retrievers|tools|tickets)(?:\/([A-Za-z0-9_]+))?\/?$/.exec(
    pathname,
  );
  const [, place, id] = match ?? [];
  const query = new URLSearchParams(search);
  if (place === "c" && id !== undefined) {
    return { place: "chat", conversationId: id, leaf: query.get("leaf") };
  }
  if (place === "documents") {
    if (id === undefined) return LIBRARY;
    return { place: "document", documentId: id, passage: parsePassage(query) };
  }
  if (place === "tickets") return id === undefined ? TICKETS : { place: "ticket", ticketId: id };
  if (id !== undefined) return NEW_CHAT;
  if (place === "tools") return TOOLS;
  return place === "retrievers" ? RETRIEVERS : NEW_CHAT;
}

function parsePassage(query: URLSearchParams): PassageRef | null {
  const chunkId = query.get("passage");
  const [, start, end] = /^(\d{1,12})-(\d{1,12})$/.exec(query.get("at") ?? "") ?? [];
  return chunkId && start && end ? { chunkId, start: Number(start), end: Number(end) } : null;
}

/** The address of a route. */
export function formatRoute(route: Route): string {
  if (route.place === "library") return "/documents";
  if (route.place === "retrievers") return "/retrievers";
  if (route.place === "tools") return "/tools";
  if (route.place === "tickets") return "/tickets";
  if (route.place === "ticket") return `/tickets/${encodeURIComponent(route.ticketId)}`;
  if (route.place === "document") {
    return `/documents/${encodeURIComponent(route.documentId)}${formatPassage(route.passage)}`;
  }
  if (route.conversationId === null) return "/";
  const query = route.leaf === null ? "" : `?leaf=${encodeURIComponent(route.leaf)}`;
  return `/c/${encodeURIComponent(route.conversationId)}${query}`;
}

function formatPassage(passage: PassageRef | null): string {
  if (passage === null) return "";
  const { chunkId, start, end } = passage;
  return `?passage=${encodeURIComponent(chunkId)}&at=${start}-${end}`;
}

function readAddress(): Route {
  return parseRoute(window.location.pathname, window.location.search);
}

/** Follows the browser's history. */
export function createRouter(): Router {
  const route = createStore(readAddress());
  window.addEventListener("popstate", () => route.set(readAddress()));
  return {
    route,
    go: (next, { replace = false } = {}) => {
      const address = formatRoute(next);
      const current = window.location.pathname + window.location.search;
      if (address !== current) {
        if (replace) window.history.replaceState(null, "", address);
        else window.history.pushState(null, "", address);
      }
      route.set(next);
    },
  };
}
