/** Providers and their models: what is configured, and what can be reached now. */
import type { Hono } from "hono";
import { endpoints } from "../../contract/endpoints.ts";
import type { ModelInfo, ProviderInfo } from "../../contract/providers.ts";
import type { Provider } from "../../workflow/ports/model.ts";
import type { AppEnv } from "../context.ts";
import { route } from "../route.ts";

interface ProviderPorts {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly defaultProvider: string;
}

/** How long a provider may take to list its models before it counts as out of reach. */
const REACH_MS = 3000;

interface Reached {
  readonly provider: Provider;
  readonly models: readonly string[];
  readonly problem: string | null;
}

async function reach(provider: Provider): Promise<Reached> {
  try {
    const models = await provider.models(AbortSignal.timeout(REACH_MS));
    return { provider, models, problem: null };
  } catch (error) {
    return {
      provider,
      models: [],
      problem: error instanceof Error ? error.message : String(error),
    };
  }
}

function reachAll({ providers }: ProviderPorts): Promise<Reached[]> {
  return Promise.all([...providers.values()].map(reach));
}

/** Lists every provider, with the reason where one cannot be reached. Also what `chatter doctor` shows. */
export async function describeProviders(ports: ProviderPorts): Promise<ProviderInfo[]> {
  const reached = await reachAll(ports);
  return reached.map(({ provider, problem }) => ({
    name: provider.name,
    kind: provider.kind,
    default: provider.name === ports.defaultProvider,
    reachable: problem === null,
    detail: problem,
    default_model: provider.defaultModel,
  }));
}

/** The models of one provider; its default model is usable even where the server does not list it. */
function toModels({ provider, models }: Reached, defaultProvider: string): ModelInfo[] {
  const ids = [...new Set([provider.defaultModel, ...models])];
  return ids.map((id) => ({
    id,
    provider: provider.name,
    default: provider.name === defaultProvider && id === provider.defaultModel,
  }));
}

export function providerRoutes(app: Hono<AppEnv>, ports: ProviderPorts): void {
  route(app, endpoints.listProviders, async () => ({
    data: await describeProviders(ports),
    next_cursor: null,
  }));

  route(app, endpoints.listModels, async () => {
    const reached = (await reachAll(ports)).filter(({ problem }) => problem === null);
    return {
      data: reached.flatMap((each) => toModels(each, ports.defaultProvider)),
      next_cursor: null,
    };
  });
}
