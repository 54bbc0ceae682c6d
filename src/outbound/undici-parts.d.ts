/**
 * The two files of the package that are needed: its entry loads a browser's `fetch`, sockets and caches as well, which
 * takes 13 MB and a good part of the start.
 */
declare module "undici/lib/dispatcher/agent.js" {
  export { Agent as default } from "undici";
}

declare module "undici/lib/api/api-request.js" {
  import type { Dispatcher } from "undici";

  /** What the entry gives every dispatcher as its method `request`. */
  export default function request(
    this: Dispatcher,
    options: Dispatcher.RequestOptions,
  ): Promise<Dispatcher.ResponseData>;
}
