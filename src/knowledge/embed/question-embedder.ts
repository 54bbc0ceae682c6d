/** Embeds questions in the space that is in force, whichever model is configured. */
import { ProviderError, UnavailableError } from "../../workflow/errors.ts";
import type { EmbeddingSpaceStore } from "../../workflow/ports/stores/embedding-spaces.ts";
import type { EmbeddingSpace } from "../../workflow/ports/stores/vectors.ts";
import type { QuestionEmbedder } from "../search/query.ts";
import { embedFor, type EmbeddingModels } from "./models.ts";

/** Documents are not embedded sooner than that. */
const RETRY_MS = 60_000;

function notYet(): UnavailableError {
  return new UnavailableError(
    "UNAVAILABLE",
    "The documents are being embedded for the first time; until all are, they are searched by words.",
    RETRY_MS,
  );
}

function modelGone({ model, provider }: EmbeddingSpace): ProviderError {
  return new ProviderError(
    "PROVIDER_ERROR",
    provider,
    `The documents were embedded by ${model} at ${provider}, which this server no longer asks. ` +
      "They are being embedded anew; until all are, they are searched by words.",
    { retryable: false },
  );
}

/**
 * Asks the store at each question, so that a new space is searched by everybody from the moment it comes into force. Until
 * then, questions go to the model of the old one, at the same server. Throws a `WorkflowError` when that cannot be.
 */
export function createQuestionEmbedder(
  spaces: Pick<EmbeddingSpaceStore, "current">,
  models: Pick<EmbeddingModels, "of">,
): QuestionEmbedder {
  return {
    async embed(question, signal) {
      const { inForce: space } = await spaces.current();
      if (!space) throw notYet();
      const embedder = models.of(space);
      if (!embedder) throw modelGone(space);
      const [vector] = await embedFor(space, embedder, [question], "question", signal);
      if (!vector) throw new Error("A question has one vector.");
      return { space, vector };
    },
  };
}
