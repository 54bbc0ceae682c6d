/** What an answer took, in a line; all of it, and the steps of its run, on request. */
import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import {
  type Client,
  EMPTY_ANSWER,
  foldRunEvents,
  type StepView,
} from "../../../src/client/index.ts";
import { useApp } from "../state/app.ts";
import { Popover } from "../ui/popover.tsx";
import type { Answer } from "./answer.ts";
import { allFigures, shortFigures } from "./figures.ts";
import { Steps } from "./steps.tsx";

interface Props {
  answer: Answer;
  /** The run that answered; null for a copy in another conversation. */
  runId: string | null;
}

export function FiguresButton({ answer, runId }: Props): ReactNode {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const short = shortFigures(answer);
  if (short === "") return null;
  return (
    <>
      <button
        ref={button}
        type="button"
        className="figures"
        aria-haspopup="dialog"
        title="What this answer took"
        popoverTarget={id}
        data-testid="figures"
      >
        {short}
      </button>
      <Popover
        id={id}
        button={button}
        kind="dialog"
        label="What this answer took"
        className="figures-card"
        align="start"
        testId="figures-card"
      >
        {() => (
          <>
            <dl>
              {allFigures(answer).map(([name, value]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
            </dl>
            {runId !== null && <RunSteps runId={runId} />}
          </>
        )}
      </Popover>
    </>
  );
}

/** The steps are in the run's events, for as long as the server keeps those. */
function RunSteps({ runId }: { runId: string }): ReactNode {
  const { client } = useApp().session;
  const [steps, setSteps] = useState<readonly StepView[]>([]);
  useEffect(() => {
    const abort = new AbortController();
    // Without them there is nothing more to say than the figures say.
    readSteps(client, runId, abort.signal).then(setSteps, () => undefined);
    return () => abort.abort();
  }, [client, runId]);
  return <Steps steps={steps} />;
}

async function readSteps(
  client: Client,
  runId: string,
  signal: AbortSignal,
): Promise<readonly StepView[]> {
  let view = EMPTY_ANSWER;
  for await (const { event } of client.events(runId, { signal })) view = foldRunEvents(view, event);
  return view.steps;
}
