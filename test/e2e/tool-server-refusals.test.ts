/**
 * What nobody can do over the API, in a template or in an import, an administrator included: start a process, or make the server
 * talk to an address that is not public. A listener on loopback counts who came, and a file would say that a command ran.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Template } from "../../src/contract/templates.ts";
import { listOf } from "../../src/contract/text.ts";
import { ToolServer } from "../../src/contract/tool-servers.ts";
import { ENGINES } from "../support/engines.ts";
import { useStage } from "../support/stage.ts";

const FALSE_NAMES = pathToFileURL(join(import.meta.dirname, "..", "support", "false-names.ts"));

/** Addresses with the port of a listener on loopback in the place of PORT. */
const NOT_PUBLIC = [
  "http://127.0.0.1:PORT/mcp",
  "https://127.0.0.1:PORT/mcp",
  "http://127.1:PORT/mcp",
  "http://127.0.1:PORT/mcp",
  "http://127.8.9.10:PORT/mcp",
  "http://2130706433:PORT/mcp",
  "http://0x7f000001:PORT/mcp",
  "http://0x7f.0.0.0x1:PORT/mcp",
  "http://0177.0.0.1:PORT/mcp",
  "http://017700000001:PORT/mcp",
  "http://①②⑦.⓪.⓪.①:PORT/mcp",
  "http://127%2e0.0.1:PORT/mcp",
  "http://0.0.0.0:PORT/mcp",
  "http://0:PORT/mcp",
  "http://[::1]:PORT/mcp",
  "http://[0:0:0:0:0:0:0:1]:PORT/mcp",
  "http://[::]:PORT/mcp",
  "http://[::ffff:127.0.0.1]:PORT/mcp",
  "http://[::ffff:7f00:1]:PORT/mcp",
  "http://[64:ff9b::127.0.0.1]:PORT/mcp",
  "http://[2002:7f00:1::]:PORT/mcp",
  "http://localhost:PORT/mcp",
  "http://LocalHost.:PORT/mcp",
  "http://a.b.localhost:PORT/mcp",
  "http://10.0.0.1/mcp",
  "http://172.16.0.1/mcp",
  "http://192.168.0.1/mcp",
  "http://169.254.169.254/latest/meta-data",
  "http://100.64.0.1/mcp",
  "http://[fe80::1]/mcp",
  "http://[fd00::1]/mcp",
  "http://metadata.google.internal/mcp",
  "http://printer.local/mcp",
];

const NOT_HTTP = [
  "file:///etc/passwd",
  "stdio:touch MARKER",
  "stdio:///usr/bin/touch?args=MARKER",
  "unix:/var/run/docker.sock",
  "ws://127.0.0.1:PORT/mcp",
  "ftp://127.0.0.1:PORT/mcp",
  "gopher://127.0.0.1:PORT/mcp",
  "javascript:process.exit()",
  "data:text/plain,touch MARKER",
  "npx -y some-package",
  "http://",
  "http://ann:secret@127.0.0.1:PORT/mcp",
  "http://tools.example@127.0.0.1:PORT/mcp",
];

const COMMAND = { command: "touch", args: ["MARKER"], env: { PATH: "/usr/bin:/bin" } };
const PLACE = { url: "https://tools.example/mcp" };
const SHAPE = { name: "t", workflow_type: "tools" };

/** Requests that would have to be ignored in part, or to start something: the field that each is refused for. */
const COMMANDS: readonly [method: string, path: string, body: object, field: string][] = [
  ["POST", "/tool-servers", { name: "s", ...COMMAND }, "command"],
  ["POST", "/tool-servers", { name: "s", ...PLACE, ...COMMAND }, "args"],
  ["POST", "/tool-servers", { name: "s", ...PLACE, transport: "stdio" }, "transport"],
  ["POST", "/tool-servers", { name: "s", ...PLACE, transport: COMMAND }, "transport"],
  ["POST", "/tool-servers", { name: "s", ...PLACE, type: "stdio" }, "type"],
  ["POST", "/tool-servers", { name: "s", ...PLACE, cwd: "/" }, "cwd"],
  ["POST", "/tool-servers", { name: "s", ...PLACE, env: COMMAND.env }, "env"],
  ["POST", "/tool-servers", { name: "s", ...PLACE, origin: "configuration" }, "origin"],
  ["POST", "/tool-servers", { name: "s", url: COMMAND }, "url"],
  ["POST", "/tool-servers", { name: "s", ...PLACE, tools: [COMMAND] }, "tools.0"],
  ["POST", "/tool-servers", { name: "s", ...PLACE, oauth: COMMAND }, "oauth.command"],
  ["POST", "/tool-servers", { name: "s", ...PLACE, headers: COMMAND }, "headers.args"],
  ["POST", "/tool-servers", { mcpServers: { s: COMMAND } }, "mcpServers"],
  ["PATCH", "/tool-servers/there", COMMAND, "command"],
  ["PATCH", "/tool-servers/there", { transport: { kind: "stdio", ...COMMAND } }, "transport"],
  ["PATCH", "/tool-servers/there", { origin: "configuration" }, "origin"],
  ["POST", "/templates", { ...SHAPE, tool_servers: [COMMAND] }, "tool_servers"],
  ["POST", "/templates", { ...SHAPE, required_tools: [COMMAND] }, "required_tools.0"],
  ["POST", "/templates", { ...SHAPE, default_params: COMMAND }, "default_params.command"],
  ["PUT", "/templates/t", { workflow_type: "tools", ...COMMAND }, "command"],
  ["POST", "/templates/import", { templates: [{ ...SHAPE, ...COMMAND }] }, "templates.0.command"],
  ["POST", "/templates/import", { templates: [SHAPE], tool_servers: [PLACE] }, "tool_servers"],
  ["POST", "/templates/import", { mcpServers: { s: COMMAND } }, "mcpServers"],
  ["POST", "/profiles", { name: "p", ...COMMAND }, "command"],
  ["POST", "/profiles", { name: "p", base_url: "http://127.0.0.1:PORT" }, "base_url"],
  ["POST", "/conversations", { tool_servers: [COMMAND] }, "tool_servers"],
  ["POST", "/chat", { message: "m", tool_servers: [COMMAND] }, "tool_servers"],
  ["POST", "/chat", { message: "m", allowed_tools: [COMMAND] }, "allowed_tools.0"],
  [
    "POST",
    "/chat",
    { message: "m", workflow: "tools", workflow_config: { tool_servers: [COMMAND] } },
    "workflow_config.tool_servers",
  ],
];

/** Names that a name server leads to where nobody may go, alone or beside a good address. */
const REBOUND = [
  "127-0-0-1",
  "10-0-0-1",
  "169-254-169-254",
  "0-0-0-0",
  "--1",
  "--ffff-127-0-0-1".replace("127-0-0-1", "7f00-1"),
  "fd00--1",
  "93-184-215-14_127-0-0-1",
];

/** The processes whose parent this is, where the system tells. */
function childrenOf(pid: number | undefined): string[] {
  if (!existsSync("/proc/self/stat")) return [];
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => {
      try {
        const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
        return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] === String(pid);
      } catch {
        return false;
      }
    });
}

describe.each(ENGINES)("nobody gets out of $name", (engine) => {
  const stage = useStage(engine, { NODE_OPTIONS: `--import=${FALSE_NAMES.href}` });
  let listener: Server;
  let port: number;
  let marker: string;
  let came = 0;

  beforeAll(async () => {
    listener = createServer((_request, response) => response.end("{}"));
    listener.on("connection", () => came++);
    // On every address of this machine, so that each spelling of loopback would find it.
    await new Promise<void>((resolve) => listener.listen(0, resolve));
    const address = listener.address();
    port = typeof address === "object" && address ? address.port : 0;
    marker = join(stage.server.dataDir, "a-command-ran");
    const body = { name: "there", ...PLACE, enabled: false };
    await stage.api.json(ToolServer, "POST", "/tool-servers", { body, status: 201 });
  });
  afterAll(async () => {
    listener.closeAllConnections();
    await new Promise((resolve) => listener.close(resolve));
    expect(came).toBe(0);
    expect(existsSync(marker)).toBe(false);
    expect(childrenOf(stage.server.process.pid)).toEqual([]);
  });

  function filled<T>(value: T): T {
    const text = JSON.stringify(value).replaceAll("PORT", String(port));
    return JSON.parse(text.replaceAll("MARKER", marker)) as T;
  }

  async function expectRefusal(method: string, path: string, body: object, why: string) {
    const { status, problem } = await stage.api.refused(method, path, { body: filled(body) });
    expect([status, problem.code]).toEqual([422, "WORKFLOW_VALIDATION_ERROR"]);
    expect(problem.detail).toContain(why);
    return problem;
  }

  it.each(NOT_PUBLIC)("to %s", async (url) => {
    const why = "url: leads to an address that is not public";
    const problem = await expectRefusal("POST", "/tool-servers", { name: "s", url }, why);
    expect(problem.invalid_parameters).toEqual(["url"]);
    await expectRefusal("PATCH", "/tool-servers/there", { url }, why);
  });

  it.each(NOT_HTTP)("through %s", async (url) => {
    const why = "url: must be an address that begins with http:// or https://";
    await expectRefusal("POST", "/tool-servers", { name: "s", url }, why);
    await expectRefusal("PATCH", "/tool-servers/there", { url }, why);
  });

  it.each(COMMANDS)("%s %s with %j", async (method, path, body, field) => {
    const problem = await expectRefusal(method, path, body, field);
    expect(problem.errors?.map((error) => error.path)).toContain(field);
  });

  it.each(REBOUND)("by a name that leads to %s", async (addresses) => {
    const body = { name: "rebound", url: `http://${addresses}.rebound.example:${port}/mcp` };
    await stage.api.json(ToolServer, "POST", "/tool-servers", { body, status: 201 });
    const path = "/tool-servers/rebound";
    const tried = await stage.api.json(ToolServer, "POST", `${path}/connect`);
    expect(tried).toMatchObject({ status: "failed", offered_tools: [] });
    expect(tried.last_error).toContain("leads to an address that is not public");
    const { status, problem } = await stage.api.refused("POST", `${path}/authorize`);
    expect([status, problem.code]).toEqual([409, "CONFLICT"]);
    expect(problem.detail).toContain("leads to an address that is not public");
    expect((await stage.api.send("DELETE", path)).status).toBe(204);
  });

  it("by the name of a tool that reads like a command", async () => {
    const required_tools = filled(["stdio:touch MARKER", "../../bin/touch", "npx"]);
    const body = { ...SHAPE, required_tools };
    await stage.api.json(Template, "POST", "/templates", { body, status: 201 });
    const refused = await stage.api.refused("POST", "/chat", {
      body: { message: "m", workflow_template: "t" },
    });
    expect([refused.status, refused.problem.code]).toEqual([422, "WORKFLOW_CONFIG_ERROR"]);
    for (const name of required_tools) expect(refused.problem.detail).toContain(name);
  });

  it("and nothing of it is there afterwards", async () => {
    const { data } = await stage.api.get(listOf(ToolServer), "/tool-servers");
    expect(data.map(({ name, url }) => [name, url])).toEqual([["there", PLACE.url]]);
  });
});

describe("a server that passes on to another one", () => {
  const [engine] = ENGINES;
  if (!engine) throw new Error("There is no engine.");
  const stage = useStage(engine, { CHATTER_TOOL_SERVERS: "any" });
  let passing: Server;
  let inner: Server;
  let came = 0;
  let status = 307;
  let target: string;
  const listen = async (server: Server): Promise<string> => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    return `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
  };

  beforeAll(async () => {
    inner = createServer((_request, response) => response.end("{}"));
    inner.on("connection", () => came++);
    passing = createServer((_request, response) => {
      response.writeHead(status, { location: target }).end();
    });
    target = await listen(inner);
    const body = { name: "passing", url: `${await listen(passing)}/mcp` };
    await stage.api.json(ToolServer, "POST", "/tool-servers", { body, status: 201 });
  });
  afterAll(async () => {
    for (const server of [passing, inner]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    expect(came).toBe(0);
  });

  it.each([301, 302, 303, 307, 308])("is not followed (%i)", async (code) => {
    status = code;
    const tried = await stage.api.json(ToolServer, "POST", "/tool-servers/passing/connect");
    expect(tried.status).toBe("failed");
    expect(tried.last_error).toMatch(/redirect/i);
    const { status: refused } = await stage.api.refused("POST", "/tool-servers/passing/authorize");
    expect(refused).toBe(409);
  });
});
