/** The choice of a profile, and the way to the profiles themselves. */
import type { ReactNode } from "react";
import { useStore } from "../api/store.ts";
import { Choices } from "../forms/choices.tsx";
import { SelectField } from "../forms/field.tsx";
import { useApp } from "../state/app.ts";
import { validChoice } from "../state/models.ts";

interface Props {
  /** Empty for none. */
  value: string;
  /** The profile that a template sets: it goes before what is chosen here. */
  fixed: string | null;
  onChange: (id: string) => void;
}

export function ProfileField({ value, fixed, onChange }: Props): ReactNode {
  const { answering, panels } = useApp();
  const profiles = useStore(answering.profiles.state, ({ items }) => items);
  const shown = fixed ?? value;
  const known = shown === "" || profiles.some(({ id }) => id === shown);
  return (
    <div className="field-with-link">
      <SelectField
        path="profile_id"
        label="Profile"
        hint={<ProfileHint id={shown} fixed={fixed !== null} />}
        value={shown}
        disabled={fixed !== null}
        onChange={onChange}
      >
        <option value="">No profile</option>
        <Choices of={profiles.map(({ id, name }) => [id, name])} />
        {!known && <option value={shown}>A profile that was deleted</option>}
      </SelectField>
      <button
        type="button"
        className="link-button"
        data-testid="manage-profiles"
        onClick={() => panels.open("profiles")}
      >
        Profiles…
      </button>
    </div>
  );
}

/** A model that was chosen for the next message goes before the profile's, which is easily overlooked. */
function ProfileHint({ id, fixed }: { id: string; fixed: boolean }): ReactNode {
  const { answering, models, preferences } = useApp();
  const profile = useStore(answering.profiles.state, ({ items }) =>
    items.find((one) => one.id === id),
  );
  const list = useStore(models.state, (state) => state);
  const wanted = useStore(preferences.state, (state) => state.model);
  const chosen = validChoice(list, wanted);
  if (profile?.model && chosen && chosen.model !== profile.model) {
    return (
      <>
        You have chosen the model {chosen.model}, which is asked instead of the profile’s{" "}
        {profile.model}.{" "}
        <button type="button" className="link-button" onClick={() => preferences.setModel(null)}>
          Ask the profile’s
        </button>
      </>
    );
  }
  return fixed ? "Set by the template." : "Named settings of a model, for any conversation.";
}
