/** Makes a retriever, or changes one. */
import { type ReactNode, useState } from "react";
import { AreaField, CheckField, SelectField, TextField } from "../forms/field.tsx";
import { Form } from "../forms/form.tsx";
import { useSubmit } from "../forms/use-submit.ts";
import { useApp } from "../state/app.ts";
import { Sheet } from "../ui/sheet.tsx";
import { FusionFields } from "./fusion-fields.tsx";
import {
  fromRetrieverTexts,
  MODE_OPTIONS,
  type RetrieverDraft,
  type RetrieverTexts,
  toRetrieverTexts,
} from "./retriever-texts.ts";

const FIELDS: readonly string[] = [
  "name",
  "description",
  "collections",
  "mode",
  "max_documents",
  "max_chunks_per_document",
  "similarity_threshold",
  "fusion.lexical_weight",
  "fusion.vector_weight",
  "fusion",
];

interface Props {
  draft: RetrieverDraft;
  /** The name is how a retriever is known, so that of an existing one stays. */
  existing: boolean;
  onClose: () => void;
}

export function RetrieverForm({ draft, existing, onClose }: Props): ReactNode {
  const { retrievers, announcement } = useApp();
  const [began] = useState(() => toRetrieverTexts(draft));
  const [texts, setTexts] = useState(began);
  const submission = useSubmit(FIELDS);
  const change = (fields: Partial<RetrieverTexts>): void => setTexts({ ...texts, ...fields });
  const save = async (): Promise<void> => {
    const retriever = fromRetrieverTexts(texts);
    await (existing ? retrievers.replace(retriever) : retrievers.create(retriever));
    announcement.set("Retriever saved.");
    onClose();
  };
  return (
    <Sheet
      title={existing ? draft.name : "New retriever"}
      onClose={onClose}
      testId="retriever-sheet"
    >
      <Form
        submission={submission}
        work={save}
        action="Save"
        onCancel={onClose}
        unsaved={texts !== began}
        focusFirst
        testId="retriever"
      >
        <Naming texts={texts} existing={existing} onChange={change} />
        <Limits texts={texts} onChange={change} />
        {texts.mode !== "lexical" && texts.mode !== "vector" && (
          <FusionFields texts={texts} onChange={change} />
        )}
        <Extras texts={texts} onChange={change} />
      </Form>
    </Sheet>
  );
}

interface PartProps {
  texts: RetrieverTexts;
  onChange: (fields: Partial<RetrieverTexts>) => void;
}

function Naming({ texts, existing, onChange }: PartProps & { existing: boolean }): ReactNode {
  return (
    <>
      {!existing && (
        <TextField
          path="name"
          label="Name"
          hint="Small letters, digits, - and _. Programs use it too."
          value={texts.name}
          onChange={(name) => onChange({ name })}
        />
      )}
      <TextField
        path="description"
        label="Description"
        value={texts.description}
        onChange={(description) => onChange({ description })}
      />
      <AreaField
        path="collections"
        label="Collections"
        hint="Their names, one a line. Without any, all your documents are searched."
        rows={2}
        value={texts.collections}
        onChange={(collections) => onChange({ collections })}
      />
      <SelectField
        path="mode"
        label="How to search"
        hint="By meaning needs an embedding model on the server."
        value={texts.mode}
        onChange={(mode) => onChange({ mode })}
      >
        <option value="">As the server does</option>
        {MODE_OPTIONS.map(([mode, label]) => (
          <option key={mode} value={mode}>
            {label}
          </option>
        ))}
      </SelectField>
    </>
  );
}

function Limits({ texts, onChange }: PartProps): ReactNode {
  return (
    <fieldset className="field-group">
      <legend>Limits</legend>
      <TextField
        path="max_documents"
        label="Passages at most"
        hint="1 to 50."
        inputMode="numeric"
        value={texts.maxDocuments}
        onChange={(maxDocuments) => onChange({ maxDocuments })}
      />
      <TextField
        path="max_chunks_per_document"
        label="From one document at most"
        hint="1 to 50."
        inputMode="numeric"
        value={texts.perDocument}
        onChange={(perDocument) => onChange({ perDocument })}
      />
      <TextField
        path="similarity_threshold"
        label="Similarity at least"
        hint="0 to 1, for a search by meaning. Empty: none."
        inputMode="decimal"
        value={texts.threshold}
        onChange={(threshold) => onChange({ threshold })}
      />
    </fieldset>
  );
}

function Extras({ texts, onChange }: PartProps): ReactNode {
  return (
    <fieldset className="field-group">
      <legend>Before and after</legend>
      <CheckField
        path="merge_neighbours"
        label="Join passages that follow each other"
        checked={texts.merge}
        onChange={(merge) => onChange({ merge })}
      />
      <CheckField
        path="rewrite_query"
        label="Let the model word the question first"
        hint="So that “and the second one?” finds something. One more call of the model."
        checked={texts.rewrite}
        onChange={(rewrite) => onChange({ rewrite })}
      />
      <CheckField
        path="rerank"
        label="Let a reranking model put them in order"
        hint="Where the server has one."
        checked={texts.rerank}
        onChange={(rerank) => onChange({ rerank })}
      />
    </fieldset>
  );
}
