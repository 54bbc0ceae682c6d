/** What a server offers, asked at the start; it must not wait for one that is not there. */
import { connect } from "node:net";

/**
 * Asks a server for its models. `baseUrl` ends in `/v1`. Resolves with their ids, or with null when there is no
 * answer within `timeoutMs` milliseconds. Throws only a `WorkflowConfigurationError`, for an unusable URL or key.
 */
export type ModelProbe = (
  baseUrl: string,
  options: { readonly apiKey?: string | undefined; readonly timeoutMs: number },
) => Promise<readonly string[] | null>;

/** What a server with a single model usually takes for any name. */
export const ANY_MODEL = "default";

/** The probe that is used unless a test brings its own: one request, on a connection of its own. */
export const probeModels: ModelProbe = async (baseUrl, { apiKey, timeoutMs }) => {
  if (!(await listens(new URL(baseUrl), timeoutMs))) return null;
  const { createOpenAiProvider } = await import("../openai/provider.ts");
  const provider = createOpenAiProvider({
    name: "probe",
    baseUrl,
    apiKey,
    defaultModel: ANY_MODEL,
    limits: { connectMs: timeoutMs },
  });
  try {
    return await provider.models(AbortSignal.timeout(timeoutMs));
  } catch {
    // Nothing there, or nothing that speaks this protocol: either way there is nothing to choose.
    return null;
  } finally {
    await provider.close();
  }
};

/** Servers list models for embeddings among the others; those cannot answer. */
export function firstChatModel(models: readonly string[] | null): string | undefined {
  return models?.find((model) => !/embed|rerank|whisper/i.test(model));
}

/** Whether anything takes connections there. */
function listens(url: URL, timeoutMs: number): Promise<boolean> {
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  const socket = connect({ host: url.hostname.replace(/^\[|\]$/g, ""), port, timeout: timeoutMs });
  return new Promise((resolve) => {
    const done = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket
      .once("connect", () => done(true))
      .once("timeout", () => done(false))
      .once("error", () => done(false));
  });
}
