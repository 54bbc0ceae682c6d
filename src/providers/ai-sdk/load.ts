/** Packages of the AI SDK, loaded by name: they are no dependencies of ours, whoever wants one installs it. */
import { WorkflowConfigurationError } from "../../workflow/errors.ts";
import { type AiSdkModel, isKnownVersion } from "./model.ts";

/** Imports a package by its name; a test may bring its own. */
export type Importer = (packageName: string) => Promise<Readonly<Record<string, unknown>>>;

/** A provider as packages export it, ready for use: its settings come from the environment. */
interface AiSdkPackageProvider {
  readonly specificationVersion?: unknown;
  readonly languageModel: (modelId: string) => AiSdkModel;
}

/**
 * The function by which a package makes its models. `name` is what the configuration calls the provider, and decides
 * where a package exports several. Throws a `WorkflowConfigurationError` when the package is missing, cannot be loaded,
 * exports no provider that is ready for use, or speaks another version of the interface.
 */
export async function loadAiSdkPackage(
  packageName: string,
  name: string,
  importer: Importer = importPackage,
): Promise<(modelId: string) => AiSdkModel> {
  const exported = await load(packageName, importer);
  const providers = Object.entries(exported).filter(([, value]) => isProvider(value));
  const [, found] = providers.find(([key]) => key === name) ?? providers[0] ?? [];
  if (!isProvider(found)) {
    throw new WorkflowConfigurationError(
      `CHATTER_AI_SDK names ${packageName}, which exports no provider that is ready for use. ` +
        "A server that speaks chat completions is reached with OPENAI_BASE_URL instead.",
    );
  }
  const version = found.specificationVersion;
  if (version !== undefined && !isKnownVersion(version)) {
    throw new WorkflowConfigurationError(
      `CHATTER_AI_SDK names ${packageName}, whose version is for another AI SDK (interface ${JSON.stringify(version)}; ` +
        `known are v3 and v4). Update it with: npm install ${packageName}@latest`,
    );
  }
  return (modelId) => found.languageModel(modelId);
}

async function load(
  packageName: string,
  importer: Importer,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await importer(packageName);
  } catch (cause) {
    const { code, message } = cause as { code?: unknown; message?: unknown };
    // A package that is there may lack one of its own: that is another error.
    const missing = code === "ERR_MODULE_NOT_FOUND" && String(message).includes(`'${packageName}'`);
    throw new WorkflowConfigurationError(
      missing
        ? `CHATTER_AI_SDK names ${packageName}, which is not installed. Install it with: npm install ${packageName}`
        : `CHATTER_AI_SDK names ${packageName}, which cannot be loaded: ${String(message)}`,
    );
  }
}

function importPackage(packageName: string): Promise<Readonly<Record<string, unknown>>> {
  return import(packageName) as Promise<Readonly<Record<string, unknown>>>;
}

/** Most packages export a function that is a provider as well. */
function isProvider(value: unknown): value is AiSdkPackageProvider {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) return false;
  return typeof (value as { languageModel?: unknown }).languageModel === "function";
}
