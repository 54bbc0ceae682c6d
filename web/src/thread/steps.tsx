/** What a run does, step by step, with the time that each took. */
import type { ReactNode } from "react";
import type { StepView } from "../../../src/client/index.ts";
import { duration } from "./figures.ts";

const NAMES: Readonly<Record<StepView["node"], string>> = {
  memory: "Memory",
  retrieve: "Documents",
  model: "Model",
  tools: "Tools",
};

interface Props {
  steps: readonly StepView[];
}

/** The steps that are done, in their order. */
export function Steps({ steps }: Props): ReactNode {
  const done = steps.filter(({ status }) => status === "finished");
  if (done.length === 0) return null;
  return (
    <ol className="steps" aria-label="Steps so far" data-testid="steps">
      {done.map(({ node, durationMs }, index) => (
        // Steps only ever come at the end, so their place is their identity.
        // oxlint-disable-next-line react/no-array-index-key
        <li key={index}>
          {NAMES[node]} {durationMs !== null && <span>{duration(durationMs)}</span>}
        </li>
      ))}
    </ol>
  );
}
