/** Middleware of one's own: one refuses requests before anything is stored, one looks at the answer as it streams. */
import { createChatter, defineMiddleware, WorkflowError } from "chatter";

const officeHours = defineMiddleware({
  name: "office-hours",
  admit: async ({ plan }) => {
    if (plan.metadata["office"] !== "closed") return;
    throw new WorkflowError("FORBIDDEN", "The office is closed. Ask again tomorrow.");
  },
});

const counting = defineMiddleware({
  name: "counting",
  async *wrap(state, { runId }, next) {
    const events = next(state);
    let tokens = 0;
    for (;;) {
      const step = await events.next();
      if (step.done) {
        console.log(`${runId.slice(0, 4)}: ${tokens > 0 ? "some" : "no"} tokens`);
        return step.value;
      }
      if (step.value.type === "token") tokens++;
      yield step.value;
    }
  },
});

const chatter = await createChatter({
  CHATTER_PROVIDER: "offline",
  CHATTER_BLOCKED_WORDS: "rubbish",
  middleware: [officeHours, counting],
});

const { message } = await chatter.chat("Hello!");
console.log(message.status);
for (const request of [
  { message: "Hello!", metadata: { office: "closed" } },
  { message: "That is rubbish." },
]) {
  await chatter.chat(request).catch((error: WorkflowError) => console.log(error.code));
}

await chatter.close();
