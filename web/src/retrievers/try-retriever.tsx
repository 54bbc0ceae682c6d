/** A box to try a retriever in: a question, and the passages that it finds, with their scores. */
import { type ReactNode, type RefObject, useState } from "react";
import type { RetrieverInfo, SearchAnswer } from "../../../src/client/index.ts";
import { Choices } from "../forms/choices.tsx";
import { useApp } from "../state/app.ts";
import { FieldErrors, SelectField, TextField } from "../forms/field.tsx";
import { useSubmit } from "../forms/use-submit.ts";
import { Icon } from "../ui/icons.tsx";
import { Notice } from "../ui/notice.tsx";
import { Hits } from "./hits.tsx";
import { MODE_OPTIONS, notesOn, toSearch, type TryTexts } from "./retriever-texts.ts";

interface Props {
  retrievers: readonly RetrieverInfo[];
  name: string;
  onName: (name: string) => void;
  question: RefObject<HTMLInputElement | null>;
}

/** What a search gave, and whether it asked for a similarity. */
interface Tried {
  readonly answer: SearchAnswer;
  readonly threshold: boolean;
}

const NONE: ReadonlyMap<string, string> = new Map();
const EMPTY: TryTexts = { query: "", mode: "", maxDocuments: "", threshold: "" };

/** A search that is asked for with fields, and what came of the last one. */
function useTrial(retriever: RetrieverInfo | undefined) {
  const { session, announcement } = useApp();
  const [texts, setTexts] = useState(EMPTY);
  const [tried, setTried] = useState<Tried | null>(null);
  const submission = useSubmit(["query", "max_documents", "similarity_threshold", "mode"]);
  const search = async (): Promise<void> => {
    if (!retriever) return;
    setTried(null);
    const request = toSearch(texts);
    const answer = await session.client.search(retriever.name, request);
    const least = request.similarity_threshold ?? retriever.similarity_threshold;
    setTried({ answer, threshold: least !== null });
    announcement.set(`${answer.data.length} found.`);
  };
  return {
    texts,
    change: (fields: Partial<TryTexts>): void => setTexts({ ...texts, ...fields }),
    tried,
    ...submission,
    search: () => submission.submit(search),
  };
}

export function TryRetriever({ retrievers, name, onName, question }: Props): ReactNode {
  // One that was deleted meanwhile leaves its place to the first.
  const retriever = retrievers.find((one) => one.name === name) ?? retrievers[0];
  const { form, busy, problem, search, tried, texts, change } = useTrial(retriever);
  return (
    <section aria-labelledby="try-title" className="try">
      <h2 id="try-title" className="place-subtitle">
        Try one
      </h2>
      <form
        ref={form}
        className="try-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void search();
        }}
      >
        <FieldErrors value={problem?.fields ?? NONE}>
          <Question text={texts.query} busy={busy} field={question} onChange={change} />
          <Options
            retrievers={retrievers}
            name={retriever?.name ?? ""}
            onName={onName}
            texts={texts}
            onChange={change}
          />
        </FieldErrors>
      </form>
      {problem?.rest && <Notice what={problem.rest} testId="try-problem" />}
      {tried && <Outcome {...tried} />}
    </section>
  );
}

interface QuestionProps {
  text: string;
  busy: boolean;
  field: RefObject<HTMLInputElement | null>;
  onChange: (fields: Partial<TryTexts>) => void;
}

function Question({ text, busy, field, onChange }: QuestionProps): ReactNode {
  return (
    <div className="try-question">
      <input
        ref={field}
        type="search"
        value={text}
        placeholder="A question, or words to look for"
        aria-label="What to search for"
        data-testid="try-query"
        onChange={(event) => onChange({ query: event.target.value })}
      />
      <button
        type="submit"
        className="button button-primary"
        disabled={busy || text.trim() === ""}
        data-testid="try-search"
      >
        <Icon name="search" />
        {busy ? "Searching…" : "Search"}
      </button>
    </div>
  );
}

interface OptionsProps extends Omit<Props, "question"> {
  texts: TryTexts;
  onChange: (fields: Partial<TryTexts>) => void;
}

function Options({ retrievers, name, onName, texts, onChange }: OptionsProps): ReactNode {
  const retriever = retrievers.find((one) => one.name === name);
  return (
    <div className="try-options">
      <SelectField path="retriever" label="Retriever" value={name} onChange={onName}>
        {retrievers.map((one) => (
          <option key={one.name} value={one.name}>
            {one.name}
          </option>
        ))}
      </SelectField>
      <SelectField
        path="mode"
        label="How"
        value={texts.mode}
        onChange={(mode) => onChange({ mode })}
      >
        <option value="">Its own way</option>
        <Choices of={MODE_OPTIONS} />
      </SelectField>
      <TextField
        path="max_documents"
        label="At most"
        inputMode="numeric"
        placeholder={String(retriever?.max_documents ?? "")}
        value={texts.maxDocuments}
        onChange={(maxDocuments) => onChange({ maxDocuments })}
      />
      <TextField
        path="similarity_threshold"
        label="Similarity at least"
        inputMode="decimal"
        placeholder={String(retriever?.similarity_threshold ?? "none")}
        value={texts.threshold}
        onChange={(threshold) => onChange({ threshold })}
      />
    </div>
  );
}

function Outcome({ answer, threshold }: Tried): ReactNode {
  return (
    <div data-testid="try-outcome">
      <p className="place-note" data-testid="try-notes">
        {notesOn(answer, threshold).join(" ")}
      </p>
      {answer.data.length === 0 ? (
        <p data-testid="nothing-found">Nothing was found.</p>
      ) : (
        <Hits hits={answer.data} />
      )}
    </div>
  );
}
