/** A server whose model follows a script: it speaks the protocol of OpenAI, as one that users configure. */
import { afterAll, beforeAll } from "vitest";
import {
  callSteps,
  MODEL_LIST,
  startStubUpstream,
  type StubStep,
  type StubUpstream,
} from "../../src/providers/testing/stub-upstream.ts";
import type { Api } from "./api.ts";
import type { Engine } from "./engines.ts";
import { useServer } from "./in-process.ts";

/** A request to the model. */
export interface Asked {
  readonly messages: readonly { readonly role: string; readonly content: string | null }[];
  /** Absent where a tool asks. */
  readonly tools?: readonly unknown[];
}

/** A turn that asks for these tools; each call has the id `call_<tool>`. */
export function callTools(tools: Readonly<Record<string, object>>): StubStep[] {
  const calls = Object.entries(tools);
  return callSteps(...calls.map(([name, args]) => ({ id: `call_${name}`, name, arguments: args })));
}

/** How many results of tools there are since the user's last message. */
export function resultsSoFar({ messages }: Asked): number {
  const since = messages.slice(messages.findLastIndex(({ role }) => role === "user"));
  return since.filter(({ role }) => role === "tool").length;
}

/**
 * Starts a server and its model before the tests of the surrounding suite, and stops them after them. `asked`: what the
 * model was sent so far.
 */
export function useScriptedModel(
  engine: Engine,
  script: (request: Asked) => StubStep[],
): { readonly house: { readonly api: Api }; readonly asked: readonly Asked[] } {
  const asked: Asked[] = [];
  const env: Record<string, string> = { CHATTER_PROVIDER: "openai", CHATTER_MODEL: "stub" };
  const model: { upstream?: StubUpstream } = {};
  beforeAll(async () => {
    model.upstream = await startStubUpstream(({ path, body }) => {
      if (path.endsWith("/models")) return MODEL_LIST;
      asked.push(body as Asked);
      return { steps: script(body as Asked) };
    });
    env["OPENAI_BASE_URL"] = model.upstream.baseUrl;
  });
  const house = useServer(engine, {}, env);
  afterAll(() => model.upstream?.close());
  return { house, asked };
}
