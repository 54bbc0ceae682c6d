/** What a route of the contract is. */
import type { z } from "zod";
import type { ErrorCode } from "../problems.ts";

/** One route: what goes in, what comes out, what may go wrong. */
export interface Endpoint {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below the base path; parameters in braces. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** True where a body that breaks a rule is no error of the request: the answer says what is wrong with it. */
  readonly dryRun?: boolean;
  /** The fields beside the files, where the body may also come as a form (`multipart/form-data`); the handler reads it. */
  readonly form?: z.ZodObject;
  readonly headers?: z.ZodObject;
  /** Bodies by status; null for an empty one. */
  readonly answers: Readonly<Record<number, z.ZodType | null>>;
  /** The events it streams when asked to, as server-sent events with status 200. */
  readonly events?: z.ZodType;
  /** The media type of an answer that is not JSON. */
  readonly mediaType?: string;
  /** Error codes beyond those that every route may give. */
  readonly errors?: readonly ErrorCode[];
}

/** Declares a route, and keeps the exact types of its parts. */
export function endpoint<const E extends Endpoint>(definition: E): E {
  return definition;
}
