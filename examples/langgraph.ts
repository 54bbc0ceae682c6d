/** A compiled LangGraph.js graph as a workflow. Here its nodes are plain functions; they may call any model. */
import { AIMessage } from "@langchain/core/messages";
import { Annotation, MessagesAnnotation, START, StateGraph } from "@langchain/langgraph";
import { createChatter, langGraphWorkflow } from "chatter";

// A channel that is called like a field of the conversation's state gets that field.
const State = Annotation.Root({ ...MessagesAnnotation.spec, user_id: Annotation<string>() });

const graph = new StateGraph(State)
  .addNode("plan", () => ({ messages: [new AIMessage("I shall greet them.")] }))
  .addNode("greet", ({ user_id }) => ({ messages: [new AIMessage(`Hello, ${user_id}!`)] }))
  .addEdge(START, "plan")
  .addEdge("plan", "greet")
  .compile();

const chatter = await createChatter({
  CHATTER_PROVIDER: "offline",
  // What the inner node says is no part of the answer.
  workflows: [langGraphWorkflow(graph, { name: "greeter", innerNodes: ["plan"] })],
});

const { message } = await chatter.chat(
  { message: "Good morning.", workflow: "greeter" },
  { userId: "ada" },
);
console.log(message.content);

await chatter.close();
