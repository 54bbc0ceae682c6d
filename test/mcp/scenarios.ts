/** The client scenarios of the conformance suite: those that Chatter has to pass, and why it does not have to pass others. */
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

/** Those that are run with the tests; the others of those that apply take too long for that. */
export const QUICK = ["initialize", "tools_call", "sse-retry", "auth/scope-step-up"] as const;

export const APPLY: readonly string[] = [
  ...QUICK,
  "auth/metadata-default",
  "auth/metadata-var1",
  "auth/metadata-var2",
  "auth/metadata-var3",
  "auth/scope-from-www-authenticate",
  "auth/scope-from-scopes-supported",
  "auth/scope-omitted-when-undefined",
  "auth/scope-retry-limit",
  "auth/token-endpoint-auth-basic",
  "auth/token-endpoint-auth-post",
  "auth/token-endpoint-auth-none",
  "auth/pre-registration",
  "auth/client-credentials-basic",
  "auth/2025-03-26-oauth-endpoint-fallback",
  "auth/resource-mismatch",
  "auth/offline-access-scope",
  "auth/offline-access-not-supported",
];

/** Scenario to reason. */
export const DO_NOT_APPLY: Readonly<Record<string, string>> = {
  "elicitation-sep1034-client-defaults":
    "Elicitation is not offered: a tool server does not get to ask people for anything.",
  "auth/basic-cimd":
    "A URL as client id (SHOULD) needs a document about the client at a public HTTPS address, which a self-hosted server does not have in general. It registers itself instead; everything else of the scenario passes.",
  "auth/2025-03-26-oauth-metadata-backcompat":
    "Its metadata names another issuer than the address they are read at. RFC 8414, section 3.3, says not to use such; revision 2025-03-26 is older than those that Chatter supports.",
  "auth/client-credentials-jwt":
    "Extension: clients sign in with a secret, not with a private key. `client_secret_basic` passes.",
  "auth/cross-app-access-complete-flow":
    "Extension: it needs an identity provider that Chatter's users have signed in with.",
};

const require = createRequire(import.meta.url);
const SUITE = join(
  dirname(require.resolve("@modelcontextprotocol/conformance/package.json")),
  "dist",
  "index.js",
);
const CLIENT = join(import.meta.dirname, "conformance-client.ts");

const run = promisify(execFile);

/** All client scenarios that the suite has. */
export async function allScenarios(): Promise<string[]> {
  const { stdout } = await run(process.execPath, [SUITE, "list"]);
  const [, clients = ""] = stdout.split("Client scenarios");
  return [...clients.matchAll(/^\s+- (\S+)/gm)].map(([, name]) => name ?? "");
}

/** Runs a scenario; null when it passes, else what the suite says. Other variables than `PATH` are not handed on. */
export async function runScenario(name: string): Promise<string | null> {
  const command = `${process.execPath} ${CLIENT}`;
  const args = [SUITE, "client", "--command", command, "--scenario", name, "--timeout", "60000"];
  try {
    await run(process.execPath, args, { env: { PATH: process.env["PATH"] } });
    return null;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    return `${stdout ?? ""}${stderr ?? String(error)}`;
  }
}
