/**
 * The client that the conformance suite runs: it adds the server whose address is its argument, as over the API, signs
 * in as an administrator would in a browser, and calls every tool that there is.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { composeToolServers } from "../../src/compose/tool-servers.ts";
import { openStore } from "../../src/compose/open.ts";
import { readConfig } from "../../src/config.ts";
import type { ToolServerRequest } from "../../src/contract/tool-servers.ts";
import { LazyToolLoader } from "../../src/tools/lazy-tool-loader.ts";
import { CONTEXT } from "../../src/tools/mcp/testing/servers.ts";

const NAME = "suite";
/** Nobody listens there: the browser's way back is read from where it is sent to. */
const CALLBACK = "http://127.0.0.1:9/callback";
const ARGUMENTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  [`${NAME}__add_numbers`]: { a: 5, b: 3 },
};

/** What the suite says of clients that were registered by hand. */
interface SuiteContext {
  readonly client_id?: string;
  readonly client_secret?: string;
}

const [, , url = ""] = process.argv;
const scenario = process.env["MCP_CONFORMANCE_SCENARIO"] ?? "";
const given = JSON.parse(process.env["MCP_CONFORMANCE_CONTEXT"] ?? "{}") as SuiteContext;

function requestFor({ client_id: id, client_secret: secret }: SuiteContext): ToolServerRequest {
  if (!id || !secret) return { name: NAME, url };
  const grant = scenario.includes("client-credentials")
    ? "client_credentials"
    : "authorization_code";
  return { name: NAME, url, oauth: { grant, client_id: id, client_secret: secret } };
}

const directory = await mkdtemp(join(tmpdir(), "chatter-conformance-"));
const settings = { CHATTER_DATA_DIR: directory, CHATTER_TOOL_SERVERS: "any" };
const { config } = readConfig(settings, {}, directory);
const store = await openStore(config, { exclusive: true, onIdleError: console.error });
const tools = new LazyToolLoader();
const log = pino({ level: "warn" });
const parts = composeToolServers({ config, store, tools, log });

/** What a person does in a browser: goes where the server says, agrees, and comes back. */
async function authorize(): Promise<void> {
  const { authorization_url: address } = await parts.library.authorize(NAME, {
    redirectUrl: CALLBACK,
  });
  const response = await fetch(address, { redirect: "manual" });
  const back = new URL(response.headers.get("location") ?? "");
  await parts.library.finishAuthorization(back.searchParams);
}

async function callAll(): Promise<void> {
  const signal = AbortSignal.timeout(20_000);
  for (const tool of await tools.load(tools.names, signal)) {
    console.log(tool.name, await tool.execute(ARGUMENTS[tool.name] ?? {}, CONTEXT, signal));
  }
}

try {
  await parts.start();
  await parts.library.create(requestFor(given));
  const { status } = await parts.library.connect(NAME);
  if (status === "unauthorized") await authorize();
  await callAll();
} catch (error) {
  console.error(error);
  console.error(await parts.library.get({ admin: true }, NAME));
  process.exitCode = 1;
} finally {
  await parts.close();
  await store.close();
  await rm(directory, { recursive: true });
}
