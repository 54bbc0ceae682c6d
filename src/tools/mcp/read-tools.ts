/** Asks a connected server for all its tools, within bounds. */
import type { Client } from "@modelcontextprotocol/client";
import { z } from "zod";
import type { LeftOutTool } from "./definition.ts";
import { judgeTools } from "./judge.ts";
import type { ListedTool } from "./tool-list.ts";

/** How many tools are taken from one server. */
export const MAX_TOOLS = 500;

/** How long all pages of a list may be together, in characters of JSON. */
export const MAX_LIST = 1_048_576;

/** How many pages are asked for; an honest server has far fewer. */
const MAX_PAGES = 100;

/** Looser than the protocol: one tool that is wrong must not cost the list. */
const Page = z.looseObject({
  tools: z.array(z.unknown()).default([]),
  nextCursor: z.string().min(1).optional().catch(undefined),
});

async function readPages(
  client: Client,
  signal: AbortSignal,
): Promise<{ offered: unknown[]; cut: string | null }> {
  const offered: unknown[] = [];
  const seen = new Set<string>();
  let size = 0;
  let cursor: string | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const params = cursor === undefined ? {} : { cursor };
    const page = await client.request({ method: "tools/list", params }, Page, { signal });
    for (const tool of page.tools) {
      size += JSON.stringify(tool).length;
      if (size > MAX_LIST)
        return { offered, cut: `the list is longer than ${MAX_LIST} characters` };
      if (offered.length >= MAX_TOOLS) return { offered, cut: `there are more than ${MAX_TOOLS}` };
      offered.push(tool);
    }
    cursor = page.nextCursor;
    if (cursor === undefined) return { offered, cut: null };
    if (seen.has(cursor)) return { offered, cut: "its pages lead back to one before" };
    seen.add(cursor);
  }
  return { offered, cut: `the list has more than ${MAX_PAGES} pages` };
}

/**
 * The tools of a server that can be used, and those that cannot, with the reasons; the entry `*` stands for all that
 * are beyond the bounds. Throws what the connection throws, and the signal's reason.
 */
export async function readTools(
  client: Client,
  refused: (tool: ListedTool) => string | null,
  signal: AbortSignal,
): Promise<{ tools: ListedTool[]; leftOut: LeftOutTool[] }> {
  if (!client.getServerCapabilities()?.tools) return { tools: [], leftOut: [] };
  const { offered, cut } = await readPages(client, signal);
  const { tools, leftOut } = await judgeTools(offered, refused);
  signal.throwIfAborted();
  return { tools, leftOut: cut === null ? leftOut : [...leftOut, { name: "*", reason: cut }] };
}
