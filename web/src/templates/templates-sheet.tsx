/** The templates: to look through, to make one's own, and to take along as files. */
import { type ReactNode, useState } from "react";
import { Sheet } from "../ui/sheet.tsx";
import { WhenLoaded } from "../workflows/when-loaded.tsx";
import { TemplateForm } from "./template-form.tsx";
import { TemplateList } from "./template-list.tsx";
import type { TemplateDraft } from "./template-texts.ts";

/** What is being edited; null for the list. */
interface Editing {
  readonly draft: TemplateDraft;
  readonly existing: boolean;
}

export function TemplatesSheet({ onClose }: { onClose: () => void }): ReactNode {
  const [editing, setEditing] = useState<Editing | null>(null);
  const back = (): void => setEditing(null);
  return (
    <Sheet
      title={
        editing === null ? "Templates" : editing.existing ? editing.draft.name : "New template"
      }
      onClose={onClose}
      onBack={editing && back}
      testId="templates-sheet"
    >
      <WhenLoaded>
        {editing ? (
          <TemplateForm {...editing} onDone={back} />
        ) : (
          <TemplateList onEdit={(draft, existing) => setEditing({ draft, existing })} />
        )}
      </WhenLoaded>
    </Sheet>
  );
}
