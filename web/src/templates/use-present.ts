/** The settings of the conversation on the screen, with all that they refer to. */
import { useStore } from "../api/store.ts";
import { useApp } from "../state/app.ts";
import { validChoice } from "../state/models.ts";
import { useCatalogue, useFallback, useSettings } from "../workflows/use-answering.ts";
import type { Present } from "./template-texts.ts";

/** Null while the conversation is read. */
export function usePresent(): Present | null {
  const { answering, models, preferences } = useApp();
  const settings = useSettings();
  const catalogue = useCatalogue();
  const fallback = useFallback();
  const profiles = useStore(answering.profiles.state, ({ items }) => items);
  const list = useStore(models.state, (state) => state);
  const wanted = useStore(preferences.state, (state) => state.model);
  return settings && { settings, catalogue, fallback, profiles, model: validChoice(list, wanted) };
}
