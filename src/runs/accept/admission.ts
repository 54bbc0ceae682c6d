/** Admission: middleware may refuse a request before anything of it is stored. */
import type { LimitState } from "../../contract/limits.ts";
import type { MiddlewareManager } from "../../workflow/middleware.ts";
import type { Store } from "../../workflow/ports/store.ts";
import { accept, type Acceptance, type Accepted } from "./accept.ts";
import { findQuestion } from "./place.ts";

/** A run that was accepted, and where its user stands with limits; empty for a replay, which takes nothing. */
export interface AdmittedRun extends Accepted {
  readonly limits: readonly LimitState[];
}

interface AdmissionPorts {
  readonly store: Store;
  readonly middleware: MiddlewareManager;
  readonly onError: (error: unknown) => void;
}

/** What the user says: the new message, or the one that is to be answered again. */
async function messageOf(store: Store, { ownerId, subject }: Acceptance): Promise<string> {
  if (!("regenerate" in subject)) return subject.content;
  return (await findQuestion(store, ownerId, subject.regenerate)).content;
}

/**
 * Asks the middleware about a request and stores it, as `accept` does, with what the middleware counts. What it took
 * elsewhere is given back when the request is refused after all, or turns out to be a replay.
 */
export async function admitAndAccept(
  { store, middleware, onError }: AdmissionPorts,
  conversationId: string | null,
  request: Acceptance,
): Promise<AdmittedRun> {
  const message = await messageOf(store, request);
  const { ownerId: userId, plan } = request;
  const asked = { userId, conversationId, plan, message };
  const admitted = await middleware.admit(asked, onError);
  try {
    const limits = [...admitted.limits];
    const accepted = await accept(store, request, async (tx) => {
      limits.splice(admitted.limits.length, limits.length, ...(await middleware.charge(asked, tx)));
    });
    if (!accepted.replayed) return { ...accepted, limits };
    await admitted.undo();
    return { ...accepted, limits: [] };
  } catch (error) {
    await admitted.undo();
    throw error;
  }
}
