/** Authorization by a person: begun here, continued in a browser at the authorization server, ended by the way back. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { FetchLike } from "@modelcontextprotocol/client";
import type { Authorization } from "../../../contract/tool-servers.ts";
import { ConflictError, invalid, NotFoundError, WorkflowError } from "../../../workflow/errors.ts";
import { type OAuthState, serverUrlOf, type ServerRecord, type ServerRecords } from "../records.ts";
import { type Challenge, OAuthFlow } from "./flow.ts";

/** How long a browser may take, in milliseconds. */
const PENDING_MS = 10 * 60_000;
const PROBE_MS = 10_000;

/** The name of a server, and 32 random bytes. */
const STATE = /^([a-z][a-z0-9-]{0,31})\.[\w-]{43}$/;

function hashOf(state: string): string {
  return createHash("sha256").update(state).digest("base64url");
}

function isSame(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}

function unusable(): WorkflowError {
  return invalid(
    "state",
    "is unknown, was used already, or is more than 10 minutes old: begin the authorization again",
  );
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The error that an authorization server has named, if it is a word of the protocol: the rest may be anybody's text. */
function refusalOf(answer: URLSearchParams): string {
  const error = answer.get("error") ?? "";
  return /^[a-z_]{1,60}$/.test(error) ? error : "without a reason";
}

/** The authorization server is looked for anew whenever somebody agrees anew. */
function undiscovered({ stored, secrets }: ServerRecord): ServerRecord {
  return { stored, secrets: { ...secrets, oauth: { ...secrets.oauth, discovery: null } } };
}

/** Throws a `ConflictError` for a server that nobody can authorize in a browser. */
function checkAuthorizable({ stored, secrets }: ServerRecord): void {
  const { name, settings } = stored;
  if (settings.oauth?.grant === "client_credentials") {
    throw new ConflictError(
      `The tool server ${name} signs in with its client_credentials: nobody has to agree.`,
    );
  }
  if (Object.keys(secrets.headers).some((header) => header.toLowerCase() === "authorization")) {
    throw new ConflictError(
      `The tool server ${name} has a header "authorization" of its own. Take it away to authorize with OAuth.`,
    );
  }
}

export class Authorizer {
  readonly #records: ServerRecords;
  readonly #fetch: FetchLike;
  readonly #now: () => number;

  /** `fetch`: what requests to tool and authorization servers go through. `now`: a clock in milliseconds. */
  constructor(records: ServerRecords, fetch: FetchLike, now: () => number = Date.now) {
    this.#records = records;
    this.#fetch = fetch;
    this.#now = now;
  }

  /**
   * Finds the authorization server, registers a client where none was given, and says where the browser has to go; one that was
   * begun before can no longer be ended. Throws a `NotFoundError`, or a `ConflictError` that says why it cannot be done.
   */
  async begin(name: string, redirectUrl: string): Promise<Authorization> {
    const record = await this.#records.read(name);
    if (!record) throw new NotFoundError(`Tool server ${name}`);
    checkAuthorizable(record);
    // The name leads back to the row, on whichever instance the browser comes back.
    const state = `${name}.${randomBytes(32).toString("base64url")}`;
    let destination: URL | null = null;
    const onRedirect = (url: URL): void => {
      destination = url;
    };
    const flow = new OAuthFlow(undiscovered(record), { redirectUrl, state, onRedirect });
    await this.#run(name, flow, await this.#challengeOf(record));
    const authorizationUrl = destination as URL | null;
    if (!authorizationUrl) throw new ConflictError(`The tool server ${name} sent nobody anywhere.`);
    const expiresAt = this.#now() + PENDING_MS;
    const pending = {
      stateHash: hashOf(state),
      verifier: flow.codeVerifier(),
      redirectUrl,
      expiresAt,
    };
    const { outcome } = flow;
    await this.#keep(record, (now) => ({
      ...now,
      client: outcome.client,
      redirectUrl: outcome.redirectUrl,
      discovery: outcome.discovery,
      pending,
    }));
    return {
      authorization_url: authorizationUrl.href,
      expires_at: new Date(expiresAt).toISOString(),
    };
  }

  /**
   * Takes what the browser has come back with, and gets the tokens; the name of the server. Throws a `WorkflowValidationError`,
   * or a `ConflictError` where the authorization server gives none.
   */
  async finish(answer: URLSearchParams): Promise<string> {
    const record = await this.#take(answer.get("state") ?? "");
    const { name } = record.stored;
    const code = answer.get("code");
    if (!code) throw invalid("error", `The authorization was refused: ${refusalOf(answer)}`);
    const redirectUrl = record.secrets.oauth.pending?.redirectUrl ?? null;
    const flow = new OAuthFlow(record, { redirectUrl, onRedirect: () => {} });
    try {
      await flow.run({
        fetch: this.#fetch,
        challenge: {},
        answer: { code, iss: answer.get("iss") },
        anew: true,
      });
    } catch (error) {
      throw notAuthorized(name, error);
    }
    const { client, discovery, tokens } = flow.outcome;
    await this.#keep(record, (now) => ({ ...now, client, discovery, tokens }));
    return name;
  }

  async #run(name: string, flow: OAuthFlow, challenge: Challenge): Promise<void> {
    try {
      await flow.run({ fetch: this.#fetch, challenge, answer: null, anew: true });
    } catch (error) {
      throw notAuthorized(name, error);
    }
  }

  /** What the server says to whom it does not know: where its authorization server is described. */
  async #challengeOf(record: ServerRecord): Promise<Challenge> {
    const { extractWWWAuthenticateParams } = await import("@modelcontextprotocol/client");
    try {
      const response = await this.#fetch(serverUrlOf(record), {
        method: "POST",
        headers: {
          ...record.secrets.headers,
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
        },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" }),
        signal: AbortSignal.timeout(PROBE_MS),
      });
      await response.body?.cancel();
      return response.status === 401 ? extractWWWAuthenticateParams(response) : {};
    } catch (error) {
      throw notAuthorized(record.stored.name, error);
    }
  }

  /** Keeps what came out, unless the server was changed meanwhile: it may be another one then. */
  async #keep({ stored }: ServerRecord, change: (now: OAuthState) => OAuthState): Promise<void> {
    const { name, settings } = stored;
    const kept = await this.#records.changeOAuth(name, (now, { stored: current }) =>
      current.settings.url === settings.url ? change(now) : null,
    );
    if (!kept) throw new ConflictError(`The tool server ${name} was changed meanwhile: try again.`);
  }

  /** The server that a state was made for; it is used up then, whatever comes of it. */
  async #take(state: string): Promise<ServerRecord> {
    const name = STATE.exec(state)?.[1];
    if (name === undefined) throw unusable();
    const hash = hashOf(state);
    let taken: ServerRecord | null = null;
    await this.#records.changeOAuth(name, (now, record) => {
      const usable = now.pending !== null && isSame(now.pending.stateHash, hash);
      taken = usable ? record : null;
      return usable ? { ...now, pending: null } : null;
    });
    const found = taken as ServerRecord | null;
    if (!found || (found.secrets.oauth.pending?.expiresAt ?? 0) < this.#now()) throw unusable();
    return found;
  }
}

function notAuthorized(name: string, error: unknown): WorkflowError {
  if (error instanceof WorkflowError) return error;
  return new WorkflowError(
    "CONFLICT",
    `The tool server ${name} cannot be authorized: ${reasonOf(error)}. Check its address, or give it an OAuth client by hand.`,
    { cause: error },
  );
}
