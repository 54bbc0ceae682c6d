/** A tool that needs a person, and a model that asks for it. */
import { type Script, textAnswer, toolCallAnswer } from "../../providers/scripted.ts";
import type { Tool } from "../../workflow/ports/tools.ts";
import { call, tool } from "../../workflow/testing/tools.ts";

/** A tool that writes only when a person has agreed, and keeps what it was called with. */
export function ticketTool(made: unknown[]): Tool {
  const create = tool("create_ticket", (args) => {
    made.push(args);
    return Promise.resolve(`ticket ${made.length}`);
  });
  const parameters = {
    type: "object",
    properties: { title: { type: "string" } },
    required: ["title"],
    additionalProperties: false,
  };
  return { ...create, parameters, effect: "write", approval: "always" };
}

/** Asks for a ticket, and for something to read beside it; then says what became of them. */
export const asksForTicket: Script = function* (request) {
  const results = request.messages.filter(({ role }) => role === "tool");
  if (results.length > 0) {
    yield* textAnswer(results.map(({ content }) => content).join(" | "));
    return;
  }
  yield { type: "text", text: "One moment. " };
  yield* toolCallAnswer(
    [call("c1", "create_ticket", { title: "Broken" }), call("c2", "look", { n: 1 })],
    { input_tokens: 10 },
  );
};
