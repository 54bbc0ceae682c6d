/** Fields for the parameters of a workflow, with the bounds and defaults that the server names. */
import type { ReactNode } from "react";
import type { ParameterInfo, WorkflowParameters } from "../../../src/client/index.ts";
import { AreaField, CheckField, TextField } from "../forms/field.tsx";
import { wordsOf } from "./choices.ts";
import type { ParameterTexts } from "./parameters.ts";

interface Words {
  readonly group: string;
  readonly label: string;
  readonly hint?: string;
}

const WORDS: Readonly<Record<string, Words>> = {
  system_message: {
    group: "Prompt",
    label: "System prompt",
    hint: "The first words to the model.",
  },
  enable_memory: {
    group: "Memory",
    label: "Remember what no longer fits",
    hint: "Older messages are summed up, and the summary goes along.",
  },
  memory_window: { group: "Memory", label: "Messages shown to the model" },
  max_documents: { group: "Documents", label: "Passages at most" },
  similarity_threshold: { group: "Documents", label: "Similarity at least" },
  retrieval_required: {
    group: "Documents",
    label: "Fail when the search fails",
    hint: "Otherwise the model answers without documents, and says so.",
  },
  max_tool_calls: { group: "Tools", label: "Tool calls at most" },
  tool_timeout: { group: "Tools", label: "Seconds for one call" },
};

interface Props {
  parameters: readonly ParameterInfo[];
  texts: ParameterTexts;
  /** What a template sets: it goes before what is entered here. */
  fixed?: WorkflowParameters;
  /** The object that the parameters stand in: `workflow_config`, `default_params`. */
  prefix: string;
  onChange: (name: string, value: string | boolean) => void;
}

export function ParameterFields({ parameters, ...others }: Props): ReactNode {
  const groups = Map.groupBy(parameters, ({ name }) => WORDS[name]?.group ?? "Other");
  return [...groups].map(([group, members]) => (
    <fieldset key={group} className="field-group">
      <legend>{group}</legend>
      {members.map((info) => (
        <ParameterField key={info.name} info={info} {...others} />
      ))}
    </fieldset>
  ));
}

function ParameterField({
  info,
  texts,
  fixed = {},
  prefix,
  onChange,
}: Omit<Props, "parameters"> & { info: ParameterInfo }): ReactNode {
  const { name, type } = info;
  const set = fixed[name as keyof WorkflowParameters];
  const words = WORDS[name];
  const field = {
    path: `${prefix}.${name}`,
    label: words?.label ?? wordsOf(name),
    hint: set === undefined ? (words?.hint ?? boundsOf(info)) : "Set by the template.",
    disabled: set !== undefined,
  };
  const value = set ?? texts[name];
  if (type === "boolean") {
    return (
      <CheckField
        {...field}
        checked={Boolean(value ?? info.default ?? false)}
        onChange={(checked) => onChange(name, checked)}
      />
    );
  }
  const text = { ...field, value: String(value ?? "") };
  if (type === "string") {
    return <AreaField {...text} onChange={(entered) => onChange(name, entered)} />;
  }
  return (
    <TextField
      {...text}
      inputMode={type === "integer" ? "numeric" : "decimal"}
      placeholder={info.default === null ? "" : String(info.default)}
      onChange={(entered) => onChange(name, entered)}
    />
  );
}

function boundsOf({ minimum, maximum, default: otherwise }: ParameterInfo): string {
  const bounds = minimum === null || maximum === null ? "" : `${minimum} to ${maximum}; `;
  return `${bounds}${otherwise === null ? "none" : String(otherwise)} unless set.`;
}
