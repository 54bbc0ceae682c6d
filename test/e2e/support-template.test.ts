/** The template customer_support with a model that uses all of its tools, as a scripted one does each time. */
import { describe, expect, it } from "vitest";
import { Conversation } from "../../src/contract/conversations.ts";
import { Run } from "../../src/contract/runs.ts";
import { listOf } from "../../src/contract/text.ts";
import { Ticket } from "../../src/contract/tickets.ts";
import { answerSteps, type StubStep } from "../../src/providers/testing/stub-upstream.ts";
import { eventually } from "../support/api.ts";
import { ENGINES } from "../support/engines.ts";
import { putDocument } from "../support/put-document.ts";
import {
  type Asked,
  callTools,
  resultsSoFar,
  useScriptedModel,
} from "../support/scripted-model.ts";
import { eventOf } from "../support/sse.ts";

/** Looks something up, then opens a ticket and asks for a person, then answers; cites one number too many. */
function nextTurn(request: Asked): StubStep[] {
  switch (resultsSoFar(request)) {
    case 0:
      return callTools({ search_kb: { query: "batteries" } });
    case 1:
      return callTools({
        create_ticket: { title: "A new battery", priority: "high" },
        escalate: { reason: "The user wants a new battery" },
      });
    default:
      return answerSteps(
        "It lasts two years [1], ",
        "but for its battery [2]. Somebody will call [9].",
      );
  }
}

describe.each(ENGINES)("customer_support with a scripted model on $name", (engine) => {
  const { house, asked } = useScriptedModel(engine, nextTurn);

  it("searches, opens a ticket, hands over, and answers with citations of what it was given, whatever was added meanwhile", async () => {
    await putDocument(house.api, "support_docs", "Terms", "The warranty lasts 24 months.");
    await putDocument(house.api, "support_docs", "Parts", "Batteries are sold apart.");
    await putDocument(house.api, "elsewhere", "Secret", "Batteries are bad for the warranty.");
    const { id } = await house.api.start("How long is the warranty?", {
      workflow_template: "customer_support",
    });
    // What was found are the words of others: from then on a person has to agree.
    await eventually("the questions", async () => (await house.api.run(id)).status === "waiting");
    const news = "How long is the warranty? The warranty is as long as ever.";
    await putDocument(house.api, "support_docs", "News", news);
    for (const tool of ["create_ticket", "escalate"]) {
      const body = { tool_call_id: `call_${tool}`, decision: "approve" };
      await house.api.json(Run, "POST", `/runs/${id}/approvals`, { body });
    }
    expect((await house.api.ended(id)).status).toBe("completed");
    const events = (await house.api.events(id)).map((frame) => eventOf(frame));
    const sources = events.flatMap((event) => (event.type === "sources" ? event.citations : []));
    expect(sources).toMatchObject([
      { index: 1, document_title: "Terms" },
      { index: 2, document_title: "Parts" },
    ]);
    const results = events.flatMap((event) => (event.type === "tool_result" ? [event] : []));
    expect(results.map(({ name, status }) => `${name} ${status}`).toSorted()).toEqual([
      "create_ticket ok",
      "escalate ok",
      "search_kb ok",
    ]);
    const [saved] = events.flatMap((event) => (event.type === "message" ? [event] : []));
    // What was not supplied is not cited.
    expect(saved?.citations).toEqual(sources);
    expect(saved?.usage).toMatchObject({ model_calls: 3, tool_calls: 3 });
  });

  it("has opened one ticket, in the conversation that is marked for a person", async () => {
    const { data } = await house.api.get(listOf(Ticket), "/tickets");
    expect(data).toMatchObject([{ title: "A new battery", priority: "high", status: "open" }]);
    const conversation = await house.api.get(
      Conversation,
      `/conversations/${data[0]?.conversation_id}`,
    );
    expect(conversation.escalation).toMatchObject({
      reason: "The user wants a new battery",
      resolved_at: null,
    });
  });

  it("tells the model from then on that a person is to answer, without the words of the reason", async () => {
    const { data } = await house.api.get(listOf(Ticket), "/tickets");
    await house.api.chat("And now?", {
      conversation_id: data[0]?.conversation_id,
      workflow: "plain",
    });
    const system = asked.at(-1)?.messages.find(({ role }) => role === "system")?.content;
    expect(system).toContain("handed over to a person");
    expect(system).not.toContain("wants a new battery");
  });

  it("looks into the documents that a request names, and no tool looks into others", async () => {
    const text = "Batteries and their warranty: ask at the counter.";
    const only = await putDocument(house.api, "support_docs", "Only", text);
    const { id } = await house.api.start("How long is the warranty?", {
      workflow_template: "customer_support",
      allowed_tools: ["search_kb"],
      document_ids: [only],
    });
    expect((await house.api.ended(id)).status).toBe("completed");
    const events = (await house.api.events(id)).map((frame) => eventOf(frame));
    const sources = events.flatMap((event) => (event.type === "sources" ? [event] : []));
    // Its own search, and that of the tool.
    expect(sources.map(({ citations }) => citations.map((each) => each.document_id))).toEqual([
      [only],
      [only],
    ]);
  });
});
