/** The engine without HTTP: a message, its events, and a second message in the same conversation. */
import { createChatter } from "chatter";

// With OPENAI_API_KEY here, or `environment: process.env`, a real model answers.
const chatter = await createChatter({ CHATTER_PROVIDER: "offline" });

let conversation_id = "";
for await (const event of chatter.stream("What can you do?")) {
  if (event.type === "start") conversation_id = event.conversation_id;
  if (event.type === "token") process.stdout.write(event.content);
  if (event.type === "end") console.log(`\n(${event.status})`);
}

const { message } = await chatter.chat({ message: "And what else?", conversation_id });
const { data } = await chatter.messages(conversation_id);
console.log(`${data.length} messages; the last is ${message.status}`);

await chatter.close();
