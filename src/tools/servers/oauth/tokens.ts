/** The tokens that a connection to a tool server shows, and how it gets new ones without anybody. */
import type { AuthProvider, FetchLike, StoredOAuthTokens } from "@modelcontextprotocol/client";
import type { ServerRecord, ServerRecords } from "../records.ts";
import { OAuthFlow } from "./flow.ts";

type UnauthorizedContext = Parameters<NonNullable<AuthProvider["onUnauthorized"]>>[0];

/** What an administrator has to do for a server that wants authorization. */
export function howToAuthorize(name: string): string {
  return (
    "It wants authorization. An administrator can give it on the page of the tools, or with " +
    `POST /api/v1/tool-servers/${name}/authorize; or give it a header with a key.`
  );
}

/** How long after a renewal requests from before it may still be refused, in milliseconds. */
const SETTLED_MS = 10_000;

function isSame(a: StoredOAuthTokens | null, b: StoredOAuthTokens | null): boolean {
  return a?.access_token === b?.access_token && a?.refresh_token === b?.refresh_token;
}

/**
 * What a connection signs in with. Tokens are read for each request: another instance may have renewed them. They are renewed by one flight at a
 * time, since a refresh token that is used twice looks stolen.
 */
export class StoredTokens implements AuthProvider {
  readonly #name: string;
  readonly #records: ServerRecords;
  readonly #fetch: FetchLike;
  #shown: string | undefined;
  #renewal: Promise<void> | null = null;
  /** When the last renewal ended, on the clock of this process. */
  #renewedAt = Number.NEGATIVE_INFINITY;

  /** `fetch`: what requests to the authorization server go through. */
  constructor(name: string, records: ServerRecords, fetch: FetchLike) {
    this.#name = name;
    this.#records = records;
    this.#fetch = fetch;
  }

  async token(): Promise<string | undefined> {
    const record = await this.#records.read(this.#name);
    this.#shown = record?.secrets.oauth.tokens?.access_token;
    return this.#shown;
  }

  /** Renews what was refused. Throws an `UnauthorizedError` where only a person can help. */
  async onUnauthorized(context: UnauthorizedContext): Promise<void> {
    // What is refused right after a renewal was sent before it: the next try has the new token.
    if (performance.now() - this.#renewedAt < SETTLED_MS) return;
    this.#renewal ??= this.#renew(this.#shown, context).finally(() => {
      this.#renewal = null;
    });
    await this.#renewal;
    this.#renewedAt = performance.now();
  }

  async #renew(shown: string | undefined, { response }: UnauthorizedContext): Promise<void> {
    const { extractWWWAuthenticateParams, UnauthorizedError } =
      await import("@modelcontextprotocol/client");
    const refuse = (): never => {
      throw new UnauthorizedError(howToAuthorize(this.#name));
    };
    const record = (await this.#records.read(this.#name)) ?? refuse();
    const { tokens, redirectUrl } = record.secrets.oauth;
    // Somebody else has renewed it meanwhile.
    if (tokens && tokens.access_token !== shown) return;
    const needsNobody = record.stored.settings.oauth?.grant === "client_credentials";
    if (!needsNobody && !tokens?.refresh_token) refuse();
    const flow = new OAuthFlow(record, { redirectUrl, onRedirect: refuse });
    const challenge = extractWWWAuthenticateParams(response);
    try {
      await flow.run({ fetch: this.#fetch, challenge, answer: null, anew: false });
    } finally {
      await this.#keep(record, flow);
    }
  }

  /** Keeps what came out, unless somebody else has got other tokens meanwhile. */
  async #keep({ secrets }: ServerRecord, { outcome }: OAuthFlow): Promise<void> {
    const before = secrets.oauth;
    if (isSame(before.tokens, outcome.tokens) && before.discovery === outcome.discovery) return;
    await this.#records.changeOAuth(this.#name, (now) => {
      if (!isSame(now.tokens, before.tokens)) return null;
      const { client, redirectUrl, discovery, tokens } = outcome;
      return { ...now, client, redirectUrl, discovery, tokens };
    });
  }
}
