/** Makes a retriever, or changes one. */
import type { ReactNode } from "react";
import { Choices } from "../forms/choices.tsx";
import { AreaField, CheckField, SelectField, TextField } from "../forms/field.tsx";
import { Form } from "../forms/form.tsx";
import { useSubmit } from "../forms/use-submit.ts";
import { type FormTexts, useTexts } from "../forms/use-texts.ts";
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
  const form = useTexts(() => toRetrieverTexts(draft));
  const submission = useSubmit(FIELDS);
  const save = async (): Promise<void> => {
    const retriever = fromRetrieverTexts(form.texts);
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
        unsaved={form.unsaved}
        focusFirst
        testId="retriever"
      >
        <Naming form={form} existing={existing} />
        <Limits form={form} />
        {form.texts.mode !== "lexical" && form.texts.mode !== "vector" && (
          <FusionFields form={form} />
        )}
        <Extras form={form} />
      </Form>
    </Sheet>
  );
}

interface PartProps {
  form: FormTexts<RetrieverTexts>;
}

function Naming({ form, existing }: PartProps & { existing: boolean }): ReactNode {
  return (
    <>
      {!existing && (
        <TextField
          path="name"
          label="Name"
          hint="Small letters, digits, - and _. Programs use it too."
          {...form.field("name")}
        />
      )}
      <TextField path="description" label="Description" {...form.field("description")} />
      <AreaField
        path="collections"
        label="Collections"
        hint="Their names, one a line. Without any, all your documents are searched."
        rows={2}
        {...form.field("collections")}
      />
      <SelectField
        path="mode"
        label="How to search"
        hint="By meaning needs an embedding model on the server."
        {...form.field("mode")}
      >
        <option value="">As the server does</option>
        <Choices of={MODE_OPTIONS} />
      </SelectField>
    </>
  );
}

function Limits({ form }: PartProps): ReactNode {
  return (
    <fieldset className="field-group">
      <legend>Limits</legend>
      <TextField
        path="max_documents"
        label="Passages at most"
        hint="1 to 50."
        inputMode="numeric"
        {...form.field("maxDocuments")}
      />
      <TextField
        path="max_chunks_per_document"
        label="From one document at most"
        hint="1 to 50."
        inputMode="numeric"
        {...form.field("perDocument")}
      />
      <TextField
        path="similarity_threshold"
        label="Similarity at least"
        hint="0 to 1, for a search by meaning. Empty: none."
        inputMode="decimal"
        {...form.field("threshold")}
      />
    </fieldset>
  );
}

function Extras({ form }: PartProps): ReactNode {
  return (
    <fieldset className="field-group">
      <legend>Before and after</legend>
      <CheckField
        path="merge_neighbours"
        label="Join passages that follow each other"
        {...form.check("merge")}
      />
      <CheckField
        path="rewrite_query"
        label="Let the model word the question first"
        hint="So that “and the second one?” finds something. One more call of the model."
        {...form.check("rewrite")}
      />
      <CheckField
        path="rerank"
        label="Let a reranking model put them in order"
        hint="Where the server has one."
        {...form.check("rerank")}
      />
    </fieldset>
  );
}
