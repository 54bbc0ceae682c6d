/**
 * The part of the AI SDK's provider interface that is used: the newest version of its specification and the one
 * before, which are the same as far as text, tools and usage go. Only types; nothing of the SDK is loaded for them.
 */
import type { LanguageModelV3, LanguageModelV4 } from "@ai-sdk/provider";

/** A model as packages make it. */
export type AiSdkModel = LanguageModelV3 | LanguageModelV4;

type Streams = Awaited<ReturnType<AiSdkModel["doStream"]>>["stream"];

/** One part of the stream that such a model answers with. */
export type StreamPart = Streams extends ReadableStream<infer Part> ? Part : never;

export type FinishPart = Extract<StreamPart, { type: "finish" }>;

/** What a call is given, in either version. */
export type CallOptions = Parameters<LanguageModelV3["doStream"]>[0] &
  Parameters<LanguageModelV4["doStream"]>[0];

/** Whether a model, or a provider that makes them, is of a version that is known here. */
export function isKnownVersion(version: unknown): boolean {
  return version === "v3" || version === "v4";
}
