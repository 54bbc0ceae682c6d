/** A form for the arguments of a tool, and what it gives for them. */
import { type ReactNode, useState } from "react";
import type { ToolCallAnswer, ToolInfo } from "../../../src/client/index.ts";
import { FieldErrors } from "../forms/field.tsx";
import { useSubmit } from "../forms/use-submit.ts";
import { useApp } from "../state/app.ts";
import { duration } from "../thread/figures.ts";
import { STATUS } from "../thread/tool-status.ts";
import { ToolImages, ToolResult } from "../thread/tool-result.tsx";
import { Notice } from "../ui/notice.tsx";
import { Sheet } from "../ui/sheet.tsx";
import { ArgumentFields, type Entered, NOTHING } from "./argument-fields.tsx";
import { ARGUMENTS, argumentsOf, fieldsOf, writtenArguments } from "./schema-texts.ts";
import { policyText } from "./tool-words.ts";

interface Props {
  tool: ToolInfo;
  onClose: () => void;
}

const NONE: ReadonlyMap<string, string> = new Map();

/** The arguments that are entered, and what came of the last call with them. */
function useTrial(tool: ToolInfo) {
  const { session, announcement } = useApp();
  const [fields] = useState(() => fieldsOf(tool.parameters));
  const [entered, setEntered] = useState<Entered>(NOTHING);
  const [answer, setAnswer] = useState<ToolCallAnswer | null>(null);
  const names = fields?.map(({ name }) => `${ARGUMENTS}.${name}`) ?? [];
  const written = fields === null || entered.written !== null;
  // As they are written down they have one field for all of their errors.
  const submission = useSubmit(written ? [ARGUMENTS] : names);
  const call = async (): Promise<void> => {
    setAnswer(null);
    const args = written
      ? writtenArguments(entered.written ?? "")
      : argumentsOf(fields, entered.texts);
    const given = await session.client.callTool(tool.name, args);
    setAnswer(given);
    announcement.set(`${tool.name}: ${STATUS[given.status]}.`);
  };
  return {
    fields,
    entered,
    setEntered,
    answer,
    ...submission,
    call: () => submission.submit(call),
  };
}

export function TryTool({ tool, onClose }: Props): ReactNode {
  const { fields, entered, setEntered, answer, form, busy, problem, call } = useTrial(tool);
  return (
    <Sheet title={`Try ${tool.name}`} onClose={onClose} testId="try-sheet">
      <p className="sheet-lead">
        {tool.description || "It says nothing of itself."}
        <span className="try-policy" data-effect={tool.effect}>
          {policyText(tool)}
          {tool.effect !== "read" && ". Calling it here does it, and is your agreement"}.
        </span>
      </p>
      <div className="sheet-body">
        <form
          ref={form}
          className="tool-form"
          noValidate
          data-testid="tool-form"
          onSubmit={(event) => {
            event.preventDefault();
            void call();
          }}
        >
          <FieldErrors value={problem?.fields ?? NONE}>
            <ArgumentFields fields={fields} entered={entered} onChange={setEntered} />
          </FieldErrors>
          <button
            type="submit"
            className="button button-primary"
            disabled={busy}
            data-testid="call-tool"
          >
            {busy ? "Calling…" : "Call it"}
          </button>
        </form>
        {problem?.rest && <Notice what={problem.rest} testId="call-problem" />}
        {answer && <Outcome answer={answer} />}
      </div>
    </Sheet>
  );
}

function Outcome({ answer }: { answer: ToolCallAnswer }): ReactNode {
  const { status, duration_ms: ms, images = [], name } = answer;
  return (
    <section className="tool-outcome" aria-labelledby="outcome-title" data-testid="tool-outcome">
      <h3 id="outcome-title" data-status={status}>
        {STATUS[status]}
        <span>{duration(ms)}</span>
      </h3>
      <ToolResult {...answer} />
      <ToolImages images={images} from={name} />
    </section>
  );
}
