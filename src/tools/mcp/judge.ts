/** Which of the tools that a server offers can be used. One that cannot costs itself, and no other. */
import { setImmediate as pause } from "node:timers/promises";
import { compileSchema } from "../json-schema.ts";
import type { LeftOutTool } from "./definition.ts";
import type { ListedTool } from "./tool-list.ts";

/** The longest description that a model gets to read, in characters; the rest is cut. */
const MAX_DESCRIPTION = 4096;
const MAX_NAME = 256;

type Data = Readonly<Record<string, unknown>>;

function isData(value: unknown): value is Data {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shortened(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length).toWellFormed()}…` : text;
}

function descriptionOf({ description, title, annotations }: Data, name: string): string {
  const given = [description, title, isData(annotations) ? annotations["title"] : undefined];
  const text = given.find((each) => typeof each === "string" && each.trim() !== "") ?? name;
  return shortened(String(text), MAX_DESCRIPTION);
}

/** The tool as it is used. Throws an `Error` that says why it cannot be. */
function judge(offered: Data, name: string): ListedTool {
  const { inputSchema, outputSchema, annotations, execution } = offered;
  if (!isData(inputSchema) || inputSchema["type"] !== "object") {
    throw new Error('its inputSchema must be a JSON Schema with type "object"');
  }
  compileSchema(inputSchema);
  return {
    name,
    description: descriptionOf(offered, name),
    inputSchema,
    ...(isData(outputSchema) && { outputSchema }),
    ...(isData(annotations) && { annotations }),
    ...(isData(execution) && execution["taskSupport"] === "required" && { needsTask: true }),
  };
}

/** What becomes of the tools of a list; `refused`: why the client of the protocol refuses one, or null. */
export async function judgeTools(
  offered: readonly unknown[],
  refused: (tool: ListedTool) => string | null,
): Promise<{ tools: ListedTool[]; leftOut: LeftOutTool[] }> {
  const tools = new Map<string, ListedTool>();
  const leftOut: LeftOutTool[] = [];
  for (const [index, each] of offered.entries()) {
    const given = isData(each) ? each["name"] : null;
    const name = typeof given === "string" && given !== "" ? given : `[${index}]`;
    try {
      if (!isData(each) || name !== given) throw new Error("it has no name");
      if (name.length > MAX_NAME) throw new Error(`its name has more than ${MAX_NAME} characters`);
      if (tools.has(name)) throw new Error("there is one of the same name before it");
      const tool = judge(each, name);
      const why = refused(tool);
      if (why !== null) throw new Error(why);
      tools.set(name, tool);
    } catch (error) {
      leftOut.push({ name: shortened(name, 64), reason: (error as Error).message });
    }
    // Compiling takes a moment each, and others want the thread.
    await pause();
  }
  return { tools: [...tools.values()], leftOut };
}
