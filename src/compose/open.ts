/** Opens what the configuration names: the store and the providers. */
import type { Config } from "../config/config.ts";
import { chooseProviders, type ChosenProviders } from "../providers/selection.ts";
import { WorkflowConfigurationError } from "../workflow/errors.ts";
import { hint } from "../workflow/plan/suggest.ts";
import type { Provider } from "../workflow/ports/model.ts";
import type { Store } from "../workflow/ports/store.ts";

/** Opens the store that the configuration names. `exclusive`: for a server, which alone may use an embedded store. */
export async function openStore(
  config: Pick<Config, "databaseUrl" | "dataDir" | "migrate">,
  options: { exclusive: boolean; onIdleError: (error: Error) => void },
): Promise<Store> {
  // Only the engine in use is loaded: the other would be idle memory.
  if (config.databaseUrl === null) {
    const { openSqliteStore } = await import("../storage/sqlite/open.ts");
    return openSqliteStore(config.dataDir, { ...options, migrate: config.migrate });
  }
  const { openPostgresStore } = await import("../storage/postgres/open.ts");
  return openPostgresStore(config.databaseUrl, { ...options, migrate: config.migrate });
}

/** Finds the providers that the configuration allows. */
export function openProviders(config: Config): Promise<ChosenProviders> {
  return chooseProviders({
    provider: config.provider,
    model: config.model,
    openai: config.openai,
    anthropic: config.anthropic,
    aiSdk: config.aiSdk,
    ollamaHost: config.ollamaHost,
  });
}

/**
 * Providers that were made elsewhere, in the place of those that settings describe. `named` answers by default, else the
 * first. Throws a `WorkflowConfigurationError` for a name that is there twice, or that none of them has.
 */
export function ownProviders(
  own: readonly [Provider, ...Provider[]],
  named: string | undefined,
): ChosenProviders {
  const providers = new Map(own.map((provider) => [provider.name, provider]));
  if (providers.size < own.length) {
    throw new WorkflowConfigurationError("providers: each must have a name of its own.");
  }
  const defaultProvider = named ?? own[0].name;
  if (providers.has(defaultProvider)) return { providers, defaultProvider };
  throw new WorkflowConfigurationError(
    `CHATTER_PROVIDER: there is no provider "${defaultProvider}"${hint(defaultProvider, providers.keys())}.`,
  );
}
