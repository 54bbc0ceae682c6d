/** How the next message is answered, chosen beside the field it is written in. */
import type { ReactNode } from "react";
import { useStore } from "../api/store.ts";
import { type Choice, choiceOf, NO_SETTINGS, withChoice } from "../state/answer-settings.ts";
import { useApp } from "../state/app.ts";
import { Icon } from "../ui/icons.tsx";
import { AnswerPicker } from "./answer-picker.tsx";
import { titleOf } from "./choices.ts";
import { useFallback, useSettings } from "./use-answering.ts";

export function ComposerChoice(): ReactNode {
  const { answering, thread, panels, announcement } = useApp();
  const settings = useSettings();
  const fallback = useFallback();
  const problems = useStore(answering.preview.state, (preview) => preview.problems);
  const chosen = choiceOf(settings ?? NO_SETTINGS) ?? { kind: "workflow", name: fallback };
  const choose = async (choice: Choice): Promise<void> => {
    if (!settings) return;
    try {
      await answering.save(withChoice(settings, choice));
      announcement.set(`How to answer: ${titleOf(choice)}.`);
    } catch (error) {
      thread.state.patch({ error });
    }
  };
  return (
    <AnswerPicker
      chosen={chosen}
      problem={problems.length === 0 ? null : problems.map(({ detail }) => detail).join(" ")}
      disabled={settings === null}
      testId="how"
      onChoose={(choice) => void choose(choice)}
    >
      {(close) => (
        <button
          type="button"
          role="menuitem"
          className="choices-more"
          data-testid="manage-templates"
          onClick={() => {
            close();
            panels.open("templates");
          }}
        >
          <Icon name="layers" />
          Templates…
        </button>
      )}
    </AnswerPicker>
  );
}
