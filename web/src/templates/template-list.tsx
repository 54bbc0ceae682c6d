/** All templates, with what each could do here and now. */
import { type ReactNode, useRef, useState } from "react";
import type { Template } from "../../../src/client/index.ts";
import { useStore } from "../api/store.ts";
import { useApp } from "../state/app.ts";
import { keyOf } from "../state/availability.ts";
import { DeleteDialog } from "../ui/delete-dialog.tsx";
import { Icon } from "../ui/icons.tsx";
import { Menu } from "../ui/menu.tsx";
import { useFocusWhenLost } from "../ui/use-focus-when-lost.ts";
import { saveFile } from "../ui/save-file.ts";
import { titleOf } from "../workflows/choices.ts";
import { toFile } from "./exchange.ts";
import { ImportButton } from "./import-button.tsx";
import { copyOf, fromPresentSettings, type TemplateDraft } from "./template-texts.ts";
import { usePresent } from "./use-present.ts";

interface Props {
  onEdit: (draft: TemplateDraft, existing: boolean) => void;
}

export function TemplateList({ onEdit }: Props): ReactNode {
  const { answering } = useApp();
  const present = usePresent();
  const templates = useStore(answering.templates.state, ({ items }) => items);
  const [deleting, setDeleting] = useState<Template | null>(null);
  const list = useRef<HTMLUListElement>(null);
  useFocusWhenLost(list);
  const own = templates.filter((template) => !template.built_in);
  return (
    <div className="sheet-body">
      <p className="sheet-intro">
        A template is a way to answer with everything it needs: a workflow, its prompt and limits,
        tools and documents.
      </p>
      <div className="sheet-actions">
        <button
          type="button"
          className="button"
          disabled={present === null}
          data-testid="new-template"
          onClick={() => present && onEdit(fromPresentSettings(present), false)}
        >
          <Icon name="plus" />
          New from the present settings
        </button>
        <ImportButton />
        {own.length > 0 && (
          <button
            type="button"
            className="button"
            data-testid="export-all"
            onClick={() => saveFile("templates.json", toFile(own))}
          >
            <Icon name="download" />
            Export mine
          </button>
        )}
      </div>
      <ul ref={list} className="entries" aria-label="Templates" tabIndex={-1}>
        {templates.map((template) => (
          <Entry
            key={template.name}
            template={template}
            onEdit={onEdit}
            onDelete={() => setDeleting(template)}
          />
        ))}
      </ul>
      {deleting && (
        <DeleteDialog
          title="Delete this template?"
          remove={() => answering.templates.remove(deleting.name)}
          onClose={() => setDeleting(null)}
        >
          “{deleting.name}” will be gone. Conversations that use it need another way to answer.
        </DeleteDialog>
      )}
    </div>
  );
}

interface EntryProps extends Props {
  template: Template;
  onDelete: () => void;
}

function Entry({ template, onEdit, onDelete }: EntryProps): ReactNode {
  const { answering } = useApp();
  const { name, description, workflow_type: workflow, built_in: builtIn } = template;
  const choice = { kind: "template", name } as const;
  const lack = useStore(answering.availability.state, (state) => state.get(keyOf(choice)) ?? null);
  const copy = {
    label: "Make a copy",
    icon: "copy",
    onSelect: () => onEdit(copyOf(template), false),
    testId: "copy-template",
  } as const;
  const save = {
    label: "Export",
    icon: "download",
    onSelect: () => saveFile(`${name}.json`, toFile([template])),
    testId: "export-template",
  } as const;
  const edit = {
    label: "Edit",
    icon: "edit",
    onSelect: () => onEdit(template, true),
    testId: "edit-template",
  } as const;
  const remove = {
    label: "Delete",
    icon: "trash",
    danger: true,
    onSelect: onDelete,
    testId: "delete-template",
  } as const;
  return (
    <li className="entry" data-testid="template-entry" data-name={name}>
      <div className="entry-text">
        <strong>{titleOf(choice)}</strong>
        <span className="entry-note">
          <code>{name}</code> · {titleOf({ kind: "workflow", name: workflow })}
          {builtIn && " · built in"}
        </span>
        {description !== "" && <span>{description}</span>}
        {lack !== null && <span className="choice-lack">{lack}</span>}
      </div>
      <Menu
        label={`Options for ${titleOf(choice)}`}
        icon="more"
        items={builtIn ? [copy, save] : [edit, copy, save, remove]}
        testId="template-menu"
      />
    </li>
  );
}
