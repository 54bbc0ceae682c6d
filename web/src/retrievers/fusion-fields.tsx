/** How hits by words and hits by meaning become one list. */
import type { ReactNode } from "react";
import { SelectField, TextField } from "../forms/field.tsx";
import type { FormTexts } from "../forms/use-texts.ts";
import type { RetrieverTexts } from "./retriever-texts.ts";

interface Props {
  form: FormTexts<RetrieverTexts>;
}

/** Weights of new ones: those that the server uses where nobody says otherwise. */
const USUAL = { lexicalWeight: "0.7", vectorWeight: "0.3" } as const;

export function FusionFields({ form }: Props): ReactNode {
  const chosen = form.texts.fusion !== "";
  return (
    <fieldset className="field-group">
      <legend>Words and meaning together</legend>
      <SelectField
        path="fusion"
        label="Put together by"
        value={form.texts.fusion}
        onChange={(fusion) => {
          const weights = fusion === "" ? { lexicalWeight: "", vectorWeight: "" } : USUAL;
          form.change({ fusion, ...(chosen && fusion !== "" ? {} : weights) });
        }}
      >
        <option value="">As the server does</option>
        <option value="weighted">Scores, weighted</option>
        <option value="rrf">Places in both lists</option>
      </SelectField>
      {chosen && (
        <>
          <TextField
            path="fusion.lexical_weight"
            label="Weight of words"
            inputMode="decimal"
            {...form.field("lexicalWeight")}
          />
          <TextField
            path="fusion.vector_weight"
            label="Weight of meaning"
            inputMode="decimal"
            {...form.field("vectorWeight")}
          />
        </>
      )}
    </fieldset>
  );
}
