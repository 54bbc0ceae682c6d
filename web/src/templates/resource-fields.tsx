/** The tools and retrievers that a template needs, where its workflow uses any. */
import type { ReactNode } from "react";
import { AreaField } from "../forms/field.tsx";
import type { FormTexts } from "../forms/use-texts.ts";
import type { Catalogue } from "../state/answer-settings.ts";
import type { TemplateTexts } from "./template-texts.ts";

interface Props {
  form: FormTexts<TemplateTexts>;
  catalogue: Catalogue;
}

/** A field stays as long as there is something in it: what the workflow does not use has to be taken out by hand. */
export function ResourceFields({ form, catalogue }: Props): ReactNode {
  const { texts } = form;
  const workflow = catalogue.workflows.find(({ type }) => type === texts.workflow);
  const needs = (resource: string): boolean => workflow?.required.includes(resource) ?? false;
  return (
    <>
      {(needs("tools") || texts.tools !== "") && (
        <AreaField
          path="required_tools"
          label="Tools"
          hint="Their names, one a line. Without any, the model may call all that there are."
          rows={2}
          {...form.field("tools")}
        />
      )}
      {(needs("tools") || texts.approval !== "") && (
        <AreaField
          path="tool_approval"
          label="Ask a person first"
          hint="Tools that wait until a person agrees, one a line: create_ticket: always."
          rows={2}
          {...form.field("approval")}
        />
      )}
      {(needs("retriever") || texts.retrievers !== "") && (
        <AreaField
          path="required_retrievers"
          label="Retrievers"
          hint="Their names, one a line. The first is searched."
          rows={2}
          {...form.field("retrievers")}
        />
      )}
    </>
  );
}
