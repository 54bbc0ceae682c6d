/** A tool of one's own: its arguments are checked before it runs, and its result goes to the model. */
import { createChatter, defineTool, z } from "chatter";

const searchOrders = defineTool({
  name: "search_orders",
  description: "Finds orders by what is in them.",
  parameters: z.object({ query: z.string().min(2) }),
  // It changes nothing: nobody has to agree before it runs.
  effect: "read",
  execute: async ({ query }, { userId }) => `${userId} has ordered ${query} on Monday.`,
});

// The offline provider calls a tool where a message plainly asks for one; a real model decides by itself.
const chatter = await createChatter({ CHATTER_PROVIDER: "offline", tools: [searchOrders] });

const request = { message: "Search for green tea", workflow: "tools", max_tool_calls: 3 };
for await (const event of chatter.stream(request, { userId: "ada" })) {
  if (event.type === "tool_call") console.log(`calls ${event.name}`, event.arguments);
  if (event.type === "tool_result") console.log(`gets ${event.status}: ${event.content}`);
  if (event.type === "message") console.log(event.content);
}

await chatter.close();
