/** The settings of a conversation while they are being changed. */
import { useState } from "react";
import type { ParameterInfo, Profile, Template } from "../../../src/client/index.ts";
import { useStore } from "../api/store.ts";
import {
  type AnswerSettings,
  type Choice,
  choiceOf,
  parametersOf,
  templateOf,
  withChoice,
} from "../state/answer-settings.ts";
import { useApp } from "../state/app.ts";
import { useCatalogue, useFallback } from "../workflows/use-answering.ts";
import { fromSettingsTexts, type SettingsTexts, toSettingsTexts } from "./settings-texts.ts";

interface SettingsDraft {
  /** What is chosen, or what the server chooses. */
  readonly choice: Choice;
  readonly choose: (choice: Choice) => void;
  readonly texts: SettingsTexts;
  readonly change: (texts: Partial<SettingsTexts>) => void;
  /** The parameters that have fields: those that the chosen workflow takes. */
  readonly parameters: readonly ParameterInfo[];
  readonly template: Template | null;
  /** The one that will be used. */
  readonly profile: Profile | undefined;
  readonly unsaved: boolean;
  /** The settings as the fields say. Throws an `InputError` for what cannot be read. */
  readonly read: () => AnswerSettings;
}

/** Begins with `settings`; what happens to them elsewhere meanwhile does not disturb the fields. */
export function useSettingsDraft(settings: AnswerSettings): SettingsDraft {
  const { answering } = useApp();
  const [before] = useState(settings);
  const [choice, choose] = useState(() => choiceOf(settings));
  const [texts, setTexts] = useState(() => toSettingsTexts(settings));
  const [began] = useState(() => JSON.stringify([choice, texts]));
  const catalogue = useCatalogue();
  const fallback = useFallback();
  const profiles = useStore(answering.profiles.state, ({ items }) => items);

  const chosen = choice === null ? before : withChoice(before, choice);
  const template = templateOf(chosen, catalogue);
  const profileId = template?.profile_id ?? texts.profileId;
  // A conversation has a prompt of its own, beside the parameters.
  const parameters = parametersOf(chosen, catalogue, fallback).filter(
    ({ name }) => name !== "system_message",
  );
  return {
    choice: choice ?? { kind: "workflow", name: fallback },
    choose,
    texts,
    change: (fields) => setTexts({ ...texts, ...fields }),
    parameters,
    template,
    profile: profiles.find(({ id }) => id === profileId),
    unsaved: JSON.stringify([choice, texts]) !== began,
    read: () => fromSettingsTexts(chosen, texts, parameters),
  };
}
