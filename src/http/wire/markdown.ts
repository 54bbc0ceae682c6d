/** A conversation as a Markdown document. */
import type { Conversation } from "../../contract/conversations.ts";
import type { Message } from "../../contract/messages.ts";

const SPEAKERS: Readonly<Record<Message["role"], string>> = {
  system: "System",
  user: "User",
  assistant: "Assistant",
  tool: "Tool",
};

function section({ role, content, status, model, created_at }: Message): string {
  const notes = [created_at, model, status === "complete" ? null : `${status} answer`];
  return `## ${SPEAKERS[role]}\n\n*${notes.filter(Boolean).join(" · ")}*\n\n${content}\n`;
}

/** One branch, root to leaf, under the conversation's title. */
export function toMarkdown(conversation: Conversation, messages: readonly Message[]): string {
  const title = conversation.title.replaceAll("\n", " ");
  return [`# ${title}\n`, ...messages.map(section)].join("\n");
}
