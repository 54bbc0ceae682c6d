/** The profiles: named model settings, to make, change and delete. */
import { type ReactNode, useRef, useState } from "react";
import type { Profile } from "../../../src/client/index.ts";
import { useStore } from "../api/store.ts";
import { useApp } from "../state/app.ts";
import { DeleteDialog } from "../ui/delete-dialog.tsx";
import { Icon } from "../ui/icons.tsx";
import { Menu } from "../ui/menu.tsx";
import { Sheet } from "../ui/sheet.tsx";
import { useFocusWhenLost } from "../ui/use-focus-when-lost.ts";
import { WhenLoaded } from "../workflows/when-loaded.tsx";
import { ProfileForm } from "./profile-form.tsx";
import { summaryOf } from "./profile-texts.ts";

export function ProfilesSheet({ onClose }: { onClose: () => void }): ReactNode {
  // Null for the list; a profile of null is a new one.
  const [editing, setEditing] = useState<{ profile: Profile | null } | null>(null);
  const back = (): void => setEditing(null);
  return (
    <Sheet
      title={editing === null ? "Profiles" : (editing.profile?.name ?? "New profile")}
      onClose={onClose}
      onBack={editing && back}
      testId="profiles-sheet"
    >
      <WhenLoaded>
        {editing ? (
          <ProfileForm profile={editing.profile} onDone={back} />
        ) : (
          <ProfileList onEdit={(profile) => setEditing({ profile })} />
        )}
      </WhenLoaded>
    </Sheet>
  );
}

function ProfileList({ onEdit }: { onEdit: (profile: Profile | null) => void }): ReactNode {
  const { answering } = useApp();
  const profiles = useStore(answering.profiles.state, ({ items }) => items);
  const [deleting, setDeleting] = useState<Profile | null>(null);
  const list = useRef<HTMLUListElement>(null);
  useFocusWhenLost(list);
  return (
    <div className="sheet-body">
      <p className="sheet-intro">
        A profile is a model with its settings, under a name. Conversations and templates use it.
      </p>
      <div className="sheet-actions">
        <button
          type="button"
          className="button"
          data-testid="new-profile"
          onClick={() => onEdit(null)}
        >
          <Icon name="plus" />
          New profile
        </button>
      </div>
      <ul ref={list} className="entries" aria-label="Profiles" tabIndex={-1}>
        {profiles.map((profile) => (
          <Entry
            key={profile.id}
            profile={profile}
            onEdit={() => onEdit(profile)}
            onDelete={() => setDeleting(profile)}
          />
        ))}
      </ul>
      {deleting && (
        <DeleteDialog
          title="Delete this profile?"
          remove={() => answering.profiles.remove(deleting.id)}
          onClose={() => setDeleting(null)}
        >
          “{deleting.name}” will be gone. Conversations that use it need another one, or none.
        </DeleteDialog>
      )}
    </div>
  );
}

interface EntryProps {
  profile: Profile;
  onEdit: () => void;
  onDelete: () => void;
}

function Entry({ profile, onEdit, onDelete }: EntryProps): ReactNode {
  return (
    <li className="entry" data-testid="profile-entry">
      <div className="entry-text">
        <strong>{profile.name}</strong>
        <span className="entry-note">{summaryOf(profile)}</span>
      </div>
      <Menu
        label={`Options for ${profile.name}`}
        icon="more"
        testId="profile-menu"
        items={[
          { label: "Edit", icon: "edit", onSelect: onEdit, testId: "edit-profile" },
          {
            label: "Delete",
            icon: "trash",
            danger: true,
            onSelect: onDelete,
            testId: "delete-profile",
          },
        ]}
      />
    </li>
  );
}
