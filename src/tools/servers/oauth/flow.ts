/** One run of the client package's OAuth flow, over what is stored of a server. It stores nothing itself: it tells what came out. */
import type {
  AuthResult,
  FetchLike,
  OAuthClientMetadata,
  OAuthClientProvider,
  OAuthDiscoveryState,
  StoredOAuthClientInformation,
  StoredOAuthTokens,
} from "@modelcontextprotocol/client";
import { NO_OAUTH, type OAuthState, serverUrlOf, type ServerRecord } from "../records.ts";

/** What a run is for. */
export interface FlowPurpose {
  /** Where the browser comes back to; null where nobody is there to open one. */
  readonly redirectUrl: string | null;
  /** What the authorization server hands back with the browser. */
  readonly state?: string;
  /** Where the browser is to go; a throw ends the run. */
  readonly onRedirect: (url: URL) => void;
}

/** What a tool server has answered to somebody whom it does not know. */
export interface Challenge {
  readonly resourceMetadataUrl?: URL;
  readonly scope?: string;
}

/** What a run goes through. */
export interface FlowRequest {
  readonly fetch: FetchLike;
  readonly challenge: Challenge;
  /** What the browser has come back with; null: none was sent anywhere yet. */
  readonly answer: { readonly code: string; readonly iss: string | null } | null;
  /** True: what is there is not renewed, somebody has to agree anew. */
  readonly anew: boolean;
}

/** No step of a run takes longer, in milliseconds. */
const STEP_MS = 15_000;

export class OAuthFlow implements OAuthClientProvider {
  readonly #record: ServerRecord;
  readonly #purpose: FlowPurpose;
  #oauth: OAuthState;
  #verifier: string | null;

  constructor(record: ServerRecord, purpose: FlowPurpose) {
    this.#record = record;
    this.#purpose = purpose;
    this.#oauth = record.secrets.oauth;
    this.#verifier = record.secrets.oauth.pending?.verifier ?? null;
  }

  /** What is known after the run; what waits for a browser is the caller's. */
  get outcome(): OAuthState {
    return this.#oauth;
  }

  /** Of this run. Throws where none was begun. */
  codeVerifier(): string {
    if (this.#verifier === null) throw new Error("No authorization was begun.");
    return this.#verifier;
  }

  get redirectUrl(): string | undefined {
    return this.#isInteractive ? (this.#purpose.redirectUrl ?? undefined) : undefined;
  }

  get clientMetadata(): OAuthClientMetadata {
    const { redirectUrl } = this.#purpose;
    const { oauth } = this.#record.stored.settings;
    return {
      client_name: "Chatter",
      redirect_uris: redirectUrl !== null && this.#isInteractive ? [redirectUrl] : [],
      grant_types: this.#isInteractive
        ? ["authorization_code", "refresh_token"]
        : ["client_credentials"],
      ...(this.#isInteractive && { response_types: ["code"] }),
      ...(oauth?.scope && { scope: oauth.scope }),
    };
  }

  state(): string {
    return this.#purpose.state ?? "";
  }

  /**
   * A client that was given by hand belongs to the authorization server that it is first shown to: its secret is shown to no
   * other one, whatever the tool server says later.
   */
  clientInformation(context?: { issuer: string }): StoredOAuthClientInformation | undefined {
    const { client, redirectUrl } = this.#oauth;
    const id = this.#givenId;
    // A client that was registered for another way back cannot come back on this one.
    if (!id) return (redirectUrl === this.#purpose.redirectUrl && client) || undefined;
    const issuer = client?.issuer ?? context?.issuer;
    const known = { client_id: id, ...(issuer !== undefined && { issuer }) };
    if (!client) this.#keepClient(known);
    const { clientSecret: secret } = this.#record.secrets;
    return { ...known, ...(secret !== null && { client_secret: secret }) };
  }

  /** Throws for a client in the place of the one that was given by hand. */
  saveClientInformation(client: StoredOAuthClientInformation): void {
    if (this.#givenId) {
      throw new Error(
        "The tool server names another authorization server than before. If that is right, give its OAuth client again",
      );
    }
    this.#keepClient(client);
  }

  tokens(): StoredOAuthTokens | undefined {
    return this.#oauth.tokens ?? undefined;
  }

  saveTokens(tokens: StoredOAuthTokens): void {
    this.#oauth = { ...this.#oauth, tokens };
  }

  discoveryState(): OAuthDiscoveryState | undefined {
    return this.#oauth.discovery ?? undefined;
  }

  saveDiscoveryState(discovery: OAuthDiscoveryState): void {
    this.#oauth = { ...this.#oauth, discovery };
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }

  redirectToAuthorization(url: URL): void {
    this.#purpose.onRedirect(url);
  }

  /** The parameters of a grant that needs nobody. */
  prepareTokenRequest(scope?: string): URLSearchParams | undefined {
    if (this.#isInteractive) return undefined;
    return new URLSearchParams({ grant_type: "client_credentials", ...(scope && { scope }) });
  }

  invalidateCredentials(what: "all" | "client" | "tokens" | "verifier" | "discovery"): void {
    if (what === "all") this.#oauth = NO_OAUTH;
    if (what === "client") this.#oauth = { ...this.#oauth, client: null, redirectUrl: null };
    if (what === "tokens") this.#oauth = { ...this.#oauth, tokens: null };
    if (what === "discovery") this.#oauth = { ...this.#oauth, discovery: null };
    if (what === "verifier") this.#verifier = null;
  }

  /** Runs it. Throws what the client package does, and what `onRedirect` throws. */
  async run({ fetch, challenge, answer, anew }: FlowRequest): Promise<AuthResult> {
    const { auth } = await import("@modelcontextprotocol/client");
    const scope = this.#record.stored.settings.oauth?.scope ?? challenge.scope;
    const { resourceMetadataUrl } = challenge;
    return auth(this, {
      serverUrl: serverUrlOf(this.#record),
      fetchFn: (url, init) => {
        const limit = AbortSignal.timeout(STEP_MS);
        const signal = init?.signal ? AbortSignal.any([init.signal, limit]) : limit;
        return fetch(url, { ...init, signal });
      },
      forceReauthorization: anew,
      ...(scope && { scope }),
      ...(resourceMetadataUrl && { resourceMetadataUrl }),
      ...(answer && { authorizationCode: answer.code, ...(answer.iss && { iss: answer.iss }) }),
    });
  }

  /** Of the client that was given by hand. */
  get #givenId(): string | null {
    return this.#record.stored.settings.oauth?.client_id ?? null;
  }

  #keepClient(client: StoredOAuthClientInformation): void {
    this.#oauth = { ...this.#oauth, client, redirectUrl: this.#purpose.redirectUrl };
  }

  get #isInteractive(): boolean {
    return this.#record.stored.settings.oauth?.grant !== "client_credentials";
  }
}
