/** Takes templates out of a file. */
import { type ReactNode, useRef, useState } from "react";
import { ChatterError, type TemplateImport } from "../../../src/client/index.ts";
import type { Explanation } from "../api/errors.ts";
import { useApp } from "../state/app.ts";
import { Icon } from "../ui/icons.tsx";
import { Notice } from "../ui/notice.tsx";
import { explainImport, fromFile } from "./exchange.ts";

/** What came of an import. */
interface Outcome {
  readonly problem: Explanation | null;
  readonly said: string;
  /** Templates whose names are taken: they can replace those. */
  readonly taken: TemplateImport["templates"] | null;
}

const NO_TEMPLATES: Explanation = {
  title: "There are no templates in this file",
  detail: "It must be JSON, as the export writes it.",
  fields: [],
  requestId: null,
};

export function ImportButton(): ReactNode {
  const input = useRef<HTMLInputElement>(null);
  const [outcome, importAll] = useImport();
  const read = async (file: File): Promise<void> => importAll(fromFile(await file.text()), false);
  return (
    <>
      <button type="button" className="button" onClick={() => input.current?.click()}>
        <Icon name="upload" />
        Import…
      </button>
      <input
        ref={input}
        type="file"
        hidden
        accept=".json,application/json"
        aria-label="File with templates"
        data-testid="import-file"
        onChange={(event) => {
          const [file] = event.target.files ?? [];
          // The same file may be chosen again after it was mended.
          if (file) void read(file).finally(() => input.current && (input.current.value = ""));
        }}
      />
      <output className="sheet-outcome" data-testid="import-outcome">
        {outcome?.said}
        {outcome?.problem && (
          <Notice what={outcome.problem} testId="import-problem">
            {outcome.taken && (
              <button
                type="button"
                className="button"
                data-testid="import-replace"
                onClick={() => void importAll(outcome.taken, true)}
              >
                Replace those that are there
              </button>
            )}
          </Notice>
        )}
      </output>
    </>
  );
}

function useImport(): [
  Outcome | null,
  (templates: TemplateImport["templates"] | null, replace: boolean) => Promise<void>,
] {
  const { answering } = useApp();
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const importAll = async (
    templates: TemplateImport["templates"] | null,
    replace: boolean,
  ): Promise<void> => {
    if (!templates) return setOutcome({ problem: NO_TEMPLATES, said: "", taken: null });
    try {
      const { length } = await answering.templates.import({ templates, replace });
      const said = length === 1 ? "1 template imported." : `${length} templates imported.`;
      setOutcome({ problem: null, said, taken: null });
    } catch (error) {
      const conflict = error instanceof ChatterError && error.code === "CONFLICT";
      setOutcome({
        problem: explainImport(error, templates),
        said: "",
        taken: conflict && !replace ? templates : null,
      });
    }
  };
  return [outcome, importAll];
}
