/** Conversations and their messages. */
import { z } from "zod";
import { ChatResponse, RegenerateRequest } from "../chat.ts";
import {
  BranchQuery,
  Conversation,
  ConversationChange,
  ConversationExport,
  ConversationQuery,
  ConversationSettings,
  ExportQuery,
  ForkRequest,
} from "../conversations.ts";
import { RunEvent } from "../events.ts";
import { BranchMessage, Feedback, Message } from "../messages.ts";
import { Run } from "../runs.ts";
import { id, listOf } from "../text.ts";
import { IdempotencyHeaders, runErrors } from "./answering.ts";
import { endpoint } from "./endpoint.ts";

const ConversationParams = z.object({ id: id("conv") });
const MessageParams = z.object({ id: id("msg") });

export const conversationEndpoints = {
  listConversations: endpoint({
    method: "GET",
    path: "/conversations",
    summary: "Conversations, most recently changed first",
    tag: "conversations",
    query: ConversationQuery,
    answers: { 200: listOf(Conversation) },
  }),
  createConversation: endpoint({
    method: "POST",
    path: "/conversations",
    summary: "An empty conversation with its own settings",
    tag: "conversations",
    body: ConversationSettings,
    answers: { 201: Conversation },
    errors: ["NOT_FOUND", "WORKFLOW_CONFIG_ERROR"],
  }),
  getConversation: endpoint({
    method: "GET",
    path: "/conversations/{id}",
    summary: "One conversation",
    tag: "conversations",
    params: ConversationParams,
    answers: { 200: Conversation },
    errors: ["NOT_FOUND"],
  }),
  updateConversation: endpoint({
    method: "PATCH",
    path: "/conversations/{id}",
    summary: "Change settings; what is absent stays",
    tag: "conversations",
    params: ConversationParams,
    body: ConversationChange,
    answers: { 200: Conversation },
    errors: ["NOT_FOUND", "WORKFLOW_CONFIG_ERROR"],
  }),
  deleteConversation: endpoint({
    method: "DELETE",
    path: "/conversations/{id}",
    summary: "Delete a conversation with its messages and runs; runs under way are cancelled",
    tag: "conversations",
    params: ConversationParams,
    answers: { 204: null },
    errors: ["NOT_FOUND"],
  }),
  listMessages: endpoint({
    method: "GET",
    path: "/conversations/{id}/messages",
    summary: "One branch of a conversation",
    tag: "conversations",
    params: ConversationParams,
    query: BranchQuery,
    answers: { 200: listOf(BranchMessage) },
    errors: ["NOT_FOUND"],
  }),
  forkConversation: endpoint({
    method: "POST",
    path: "/conversations/{id}/fork",
    summary: "A copy of the branch up to a message, as a conversation of its own",
    tag: "conversations",
    params: ConversationParams,
    body: ForkRequest,
    answers: { 201: Conversation },
    errors: ["NOT_FOUND"],
  }),
  exportConversation: endpoint({
    method: "GET",
    path: "/conversations/{id}/export",
    summary: "The whole conversation as JSON (every branch), or the newest branch as Markdown",
    tag: "conversations",
    params: ConversationParams,
    query: ExportQuery,
    answers: { 200: ConversationExport },
    mediaType: "text/markdown",
    errors: ["NOT_FOUND"],
  }),
  regenerate: endpoint({
    method: "POST",
    path: "/messages/{id}/regenerate",
    summary: "Another answer: beside this one, or to this user message",
    tag: "messages",
    params: MessageParams,
    headers: IdempotencyHeaders,
    body: RegenerateRequest,
    answers: { 200: ChatResponse, 202: Run },
    events: RunEvent,
    errors: runErrors,
  }),
  putFeedback: endpoint({
    method: "PUT",
    path: "/messages/{id}/feedback",
    summary: "Rate an answer",
    tag: "messages",
    params: MessageParams,
    body: Feedback,
    answers: { 200: Message },
    errors: ["NOT_FOUND"],
  }),
  deleteMessage: endpoint({
    method: "DELETE",
    path: "/messages/{id}",
    summary: "Delete one message; what answers it moves up to its parent",
    tag: "messages",
    params: MessageParams,
    answers: { 204: null },
    errors: ["NOT_FOUND", "CONFLICT"],
  }),
} as const;
