/** The models that are asked in turn when the profile's own fails. */
import type { ReactNode } from "react";
import { ModelFields, type ModelTexts } from "../forms/model-fields.tsx";
import { Icon } from "../ui/icons.tsx";
import { IconButton } from "../ui/icon-button.tsx";

interface Props {
  fallbacks: readonly ModelTexts[];
  onChange: (fallbacks: readonly ModelTexts[]) => void;
}

export function FallbackFields({ fallbacks, onChange }: Props): ReactNode {
  return (
    <fieldset className="field-group">
      <legend>Fallback models</legend>
      <p className="field-hint">
        Asked in this order when the model fails before the first word of its answer.
      </p>
      {fallbacks.map((fallback, index) => (
        // A row has nothing else that would tell it from the others.
        // oxlint-disable-next-line react/no-array-index-key
        <fieldset className="fallback" key={index}>
          <legend className="sr-only">Fallback {index + 1}</legend>
          <ModelFields
            value={fallback}
            prefix={`fallback_models.${index}.`}
            none="Choose one"
            onChange={(changed) => onChange(fallbacks.with(index, changed))}
          />
          <IconButton
            icon="trash"
            label={`Remove fallback ${index + 1}`}
            onClick={() => onChange(fallbacks.toSpliced(index, 1))}
          />
        </fieldset>
      ))}
      <button
        type="button"
        className="button"
        data-testid="add-fallback"
        onClick={() => onChange([...fallbacks, { provider: "", model: "" }])}
      >
        <Icon name="plus" />
        Add a fallback
      </button>
    </fieldset>
  );
}
