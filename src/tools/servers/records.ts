/** Tool servers as they are stored, with their secrets in the clear: nothing of a record leaves this server but over a connection. */
import type {
  OAuthDiscoveryState,
  StoredOAuthClientInformation,
  StoredOAuthTokens,
} from "@modelcontextprotocol/client";
import { ConflictError } from "../../workflow/errors.ts";
import type {
  StoredToolServer,
  ToolServerSettings,
  ToolServerStore,
} from "../../workflow/ports/stores/tool-servers.ts";
import type { SecretBox } from "../../workflow/ports/tool-servers.ts";

/** An authorization that was begun, and waits for the browser to come back. */
interface PendingAuthorization {
  /** SHA-256 of the state. */
  readonly stateHash: string;
  readonly verifier: string;
  readonly redirectUrl: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** What is known of a server's authorization. */
export interface OAuthState {
  /** The client that was registered for this server; null where it was given by hand, or there is none. */
  readonly client: StoredOAuthClientInformation | null;
  /** Where the registered client's browsers come back to. */
  readonly redirectUrl: string | null;
  readonly discovery: OAuthDiscoveryState | null;
  readonly tokens: StoredOAuthTokens | null;
  readonly pending: PendingAuthorization | null;
}

export interface ServerSecrets {
  /** Of its address, with its question mark; empty: none. */
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly clientSecret: string | null;
  readonly oauth: OAuthState;
}

export const NO_OAUTH: OAuthState = Object.freeze({
  client: null,
  redirectUrl: null,
  discovery: null,
  tokens: null,
  pending: null,
});

export const NO_SECRETS: ServerSecrets = Object.freeze({
  query: "",
  headers: Object.freeze({}),
  clientSecret: null,
  oauth: NO_OAUTH,
});

export interface ServerRecord {
  readonly stored: StoredToolServer;
  readonly secrets: ServerSecrets;
}

/** What a record is made of. */
export interface RecordContent {
  readonly settings: ToolServerSettings;
  readonly secrets: ServerSecrets;
}

/** How often a change is tried anew because somebody else was faster. */
const MAX_TRIES = 10;

function isEmpty({ query, headers, clientSecret, oauth }: ServerSecrets): boolean {
  const nothing = Object.values(oauth).every((value) => value === null);
  return query === "" && Object.keys(headers).length === 0 && clientSecret === null && nothing;
}

export class ServerRecords {
  readonly #store: ToolServerStore;
  readonly #box: SecretBox;

  constructor(store: ToolServerStore, box: SecretBox) {
    this.#store = store;
    this.#box = box;
  }

  /** Null when there is none. Throws a `WorkflowConfigurationError` for secrets that cannot be read. */
  async read(name: string): Promise<ServerRecord | null> {
    const stored = await this.#store.get(name);
    return stored && this.open(stored);
  }

  /** Reads the secrets of a server. Throws as `read` does. */
  async open(stored: StoredToolServer): Promise<ServerRecord> {
    if (stored.secrets === null) return { stored, secrets: NO_SECRETS };
    const text = await this.#box.open(stored.secrets, placeOf(stored.name));
    return { stored, secrets: JSON.parse(text) as ServerSecrets };
  }

  /** Null when there is one of this name. Throws a `WorkflowConfigurationError` where its secrets cannot be kept. */
  async create(name: string, { settings, secrets }: RecordContent): Promise<ServerRecord | null> {
    const sealed = await this.#seal(name, secrets);
    const stored = await this.#store.create(name, { settings, secrets: sealed });
    return stored && { stored, secrets };
  }

  /**
   * Changes a server as it is now, whoever else changes it at the same time; `alter` may run several times. Null when there is
   * none, or when `alter` gives null: then nothing is changed. Throws as `read` and `create` do.
   */
  async change(
    name: string,
    alter: (record: ServerRecord) => Partial<RecordContent> | null,
  ): Promise<ServerRecord | null> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const record = await this.read(name);
      const change = record && alter(record);
      if (!change) return null;
      const { settings, secrets } = change;
      const stored = await this.#store.update(record.stored, {
        ...(settings && { settings }),
        ...(secrets && { secrets: await this.#seal(name, secrets) }),
      });
      if (stored) return { stored, secrets: secrets ?? record.secrets };
    }
    throw new ConflictError(`The tool server ${name} is being changed by others. Try again.`);
  }

  /** Changes what is known of a server's authorization, as `change` does. */
  changeOAuth(
    name: string,
    alter: (state: OAuthState, record: ServerRecord) => OAuthState | null,
  ): Promise<ServerRecord | null> {
    return this.change(name, (record) => {
      const oauth = alter(record.secrets.oauth, record);
      return oauth && { secrets: { ...record.secrets, oauth } };
    });
  }

  async #seal(name: string, secrets: ServerSecrets): Promise<string | null> {
    return isEmpty(secrets) ? null : this.#box.seal(JSON.stringify(secrets), placeOf(name));
  }
}

/** The whole address of a server, with what may be a secret in it. */
export function serverUrlOf({ stored, secrets }: ServerRecord): string {
  return stored.settings.url + secrets.query;
}

/** What a server's secrets belong to: those of another one do not open in its place. */
function placeOf(name: string): string {
  return `tool_servers/${name}`;
}
