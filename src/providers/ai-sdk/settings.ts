/** `CHATTER_AI_SDK`: which packages of the AI SDK answer under which names. */
import { WorkflowConfigurationError } from "../../workflow/errors.ts";

export interface AiSdkEntry {
  /** The name by which requests and configuration call the provider. */
  readonly name: string;
  readonly packageName: string;
  /** The default model, where the entry names one. */
  readonly model: string | undefined;
}

/** `name=package:model`, where only the package must be there. A package's name has neither `=` nor `:`. */
const ENTRY =
  /^(?:(?<name>[a-z0-9][a-z0-9_-]*)=)?(?<packageName>(?:@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*)(?::(?<model>\S+))?$/i;

/**
 * Reads a list with commas: `google=@ai-sdk/google`, `@ai-sdk/mistral`, `@ai-sdk/azure:my-deployment`. Without a name
 * the provider is called as the package is, without its scope. Throws a `WorkflowConfigurationError` for an entry
 * that is none, and for a name that is taken twice or by one of `reserved`.
 */
export function parseAiSdk(value: string, reserved: readonly string[]): readonly AiSdkEntry[] {
  const taken = new Set(reserved);
  const entries = value.split(",").map((entry) => entry.trim());
  return entries
    .filter((entry) => entry !== "")
    .map((entry) => {
      const groups = ENTRY.exec(entry)?.groups;
      if (!groups) {
        throw new WorkflowConfigurationError(
          `CHATTER_AI_SDK has the entry "${entry}". Entries are packages, such as @ai-sdk/google, ` +
            "with or without a name and a model: google=@ai-sdk/google:gemini-2.5-flash.",
        );
      }
      const packageName = groups["packageName"] ?? "";
      const name = groups["name"] ?? packageName.slice(packageName.lastIndexOf("/") + 1);
      if (taken.has(name)) {
        throw new WorkflowConfigurationError(
          `CHATTER_AI_SDK calls a provider "${name}", which is taken. Give it another name: ` +
            `my-${name}=${packageName}.`,
        );
      }
      taken.add(name);
      return { name, packageName, model: groups["model"] };
    });
}
