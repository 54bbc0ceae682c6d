/** A server with graphs of LangGraph.js. It stands in the repository, where the package is found. */
import { appendFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { MemorySaver } from "@langchain/langgraph";
import { defineConfig, langGraphWorkflow } from "chatter";
import { words } from "../../../src/langgraph/testing/chat-model.ts";
import { agentGraph, sums } from "../../../src/langgraph/testing/graphs.ts";

/** Says that many words, one every 20 ms, and notes in a file when it is told to stop. */
const counting = agentGraph(async function* (messages, _index, signal) {
  const count = Number(/\d+/.exec(messages.at(-1)?.text ?? "")?.[0] ?? 3);
  try {
    for (let word = 0; word < count; word++) {
      await sleep(20);
      yield* words(` w${word}`);
    }
  } finally {
    if (signal?.aborted) await appendFile(process.env["TEST_NOTES"] ?? "", "aborted\n");
  }
});

/** Says what it has heard so far. */
const remembering = agentGraph((messages) => {
  const heard = messages.filter(({ type }) => type === "human").map(({ text }) => text);
  return words(`I heard ${heard.join(", ")}.`);
}, new MemorySaver());

export default defineConfig({
  workflows: [
    langGraphWorkflow(agentGraph(sums).graph, { name: "sums", description: "Adds two numbers." }),
    langGraphWorkflow(counting.graph, { name: "counting" }),
    langGraphWorkflow(remembering.graph, { name: "remembering" }),
  ],
});
