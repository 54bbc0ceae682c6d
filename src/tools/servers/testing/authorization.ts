/** A small authorization server for tests: registration, codes with PKCE, refresh tokens that may be used once, client credentials. */
import { createHash, randomUUID } from "node:crypto";

interface Client {
  readonly id: string;
  /** Null: a client that was registered for codes, and has no secret. */
  readonly secret: string | null;
  readonly redirects: readonly string[];
}

interface Code {
  readonly client: string;
  readonly redirect: string;
  readonly challenge: string;
}

/** What the test decides, and what it may look at. */
export interface AuthorizationSettings {
  /** A client that is known without being registered. */
  known: { id: string; secret: string } | null;
  /** Set by a test: how the browser is sent back instead of with a code. */
  refusal: string | null;
}

type Json = Record<string, unknown>;
type Answer = { readonly status: number; readonly body: Json };

const refused = (error: string, status = 400): Answer => ({ status, body: { error } });

export class AuthorizationServer {
  readonly settings: AuthorizationSettings = { known: null, refusal: null };
  /** How often each grant was asked for, and whether that went well. */
  readonly asked: string[] = [];
  readonly registered: Json[] = [];
  readonly #clients = new Map<string, Client>();
  readonly #codes = new Map<string, Code>();
  readonly #refresh = new Map<string, string>();
  readonly #access = new Set<string>();

  metadata(issuer: string): Json {
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      registration_endpoint: `${issuer}/register`,
      response_types_supported: ["code"],
      code_challenge_methods_supported: ["S256"],
      authorization_response_iss_parameter_supported: true,
    };
  }

  /** Whether a token lets its bearer in. */
  accepts(token: string): boolean {
    return this.#access.has(token);
  }

  /** Ends all access tokens, as time would; `all`: refresh tokens and clients too. */
  expire(all = false): void {
    this.#access.clear();
    if (all) this.#refresh.clear();
  }

  register(metadata: Json): Answer {
    this.registered.push(metadata);
    const id = `client-${this.#clients.size + 1}`;
    const redirects = metadata["redirect_uris"] as string[];
    this.#clients.set(id, { id, secret: null, redirects });
    const body = { ...metadata, client_id: id, token_endpoint_auth_method: "none" };
    return { status: 201, body };
  }

  /** Where a browser is sent whose user agrees at once. Throws for what no server may accept. */
  authorize(query: URLSearchParams, issuer: string): string {
    const get = (name: string): string => query.get(name) ?? "";
    const client = this.#clients.get(get("client_id")) ?? this.#known(get("client_id"));
    const redirect = get("redirect_uri");
    if (!client) throw new Error("unknown client");
    if (client.redirects.length > 0 && !client.redirects.includes(redirect)) {
      throw new Error("unknown redirect_uri");
    }
    if (get("code_challenge_method") !== "S256" || get("response_type") !== "code") {
      throw new Error("no code, or no PKCE");
    }
    const back = new URL(redirect);
    back.searchParams.set("state", get("state"));
    back.searchParams.set("iss", issuer);
    if (this.settings.refusal !== null) {
      back.searchParams.set("error", this.settings.refusal);
      return back.href;
    }
    const code = randomUUID();
    this.#codes.set(code, { client: client.id, redirect, challenge: get("code_challenge") });
    back.searchParams.set("code", code);
    return back.href;
  }

  token(form: URLSearchParams, authorization: string | undefined): Answer {
    const grant = form.get("grant_type") ?? "";
    const answer = this.#grant(grant, form, authorization);
    this.asked.push(`${grant} ${answer.status}`);
    return answer;
  }

  #grant(grant: string, form: URLSearchParams, authorization: string | undefined): Answer {
    const client = this.#authenticate(form, authorization);
    if (!client) return refused("invalid_client", 401);
    if (grant === "client_credentials" && client.secret !== null) return this.#issue(client, false);
    if (grant === "authorization_code") return this.#exchange(client, form);
    if (grant !== "refresh_token") return refused("unsupported_grant_type");
    const given = form.get("refresh_token") ?? "";
    // Whoever uses one a second time may have stolen it: then nobody's is good any more.
    if (this.#refresh.get(given) !== client.id) {
      this.expire(true);
      return refused("invalid_grant");
    }
    this.#refresh.delete(given);
    return this.#issue(client, true);
  }

  #exchange(client: Client, form: URLSearchParams): Answer {
    const given = form.get("code") ?? "";
    const code = this.#codes.get(given);
    this.#codes.delete(given);
    const verifier = form.get("code_verifier") ?? "";
    const challenge = createHash("sha256").update(verifier).digest("base64url");
    const fits =
      code?.client === client.id &&
      code.redirect === form.get("redirect_uri") &&
      code.challenge === challenge;
    return fits ? this.#issue(client, true) : refused("invalid_grant");
  }

  #issue(client: Client, refreshable: boolean): Answer {
    const [access, refresh] = [`access-${randomUUID()}`, `refresh-${randomUUID()}`];
    this.#access.add(access);
    if (refreshable) this.#refresh.set(refresh, client.id);
    return {
      status: 200,
      body: {
        access_token: access,
        token_type: "Bearer",
        expires_in: 3600,
        ...(refreshable && { refresh_token: refresh }),
      },
    };
  }

  #known(id: string): Client | undefined {
    const { known } = this.settings;
    return known?.id === id ? { ...known, redirects: [] } : undefined;
  }

  #authenticate(form: URLSearchParams, authorization = ""): Client | undefined {
    const basic = Buffer.from(authorization.replace(/^Basic /, ""), "base64").toString();
    const [id = "", secret = ""] = basic.split(":").map(decodeURIComponent);
    if (authorization === "") {
      const client = this.#clients.get(form.get("client_id") ?? "");
      if (client) return client;
      const known = this.#known(form.get("client_id") ?? "");
      return known?.secret === form.get("client_secret") ? known : undefined;
    }
    const known = this.#known(id);
    return known?.secret === secret ? known : undefined;
  }
}
