/** A model whose answers are known from the question: their text, their length and their pace. */
import { answerSteps, startStubUpstream } from "../../../src/providers/testing/stub-upstream.ts";

/** What a message asks of the model: its own name, and how many pieces at which pace. */
export interface Question {
  readonly tag: string;
  readonly pieces: number;
  readonly paceMs: number;
}

export interface PacedUpstream {
  readonly baseUrl: string;
  /** Calls of the model so far, by tag: when each of them began. */
  readonly calls: ReadonlyMap<string, readonly number[]>;
  /** When calls were broken off by the other side, by tag. */
  readonly breaks: ReadonlyMap<string, readonly number[]>;
  /** How many answers are being written at this moment. */
  readonly open: () => number;
  readonly close: () => Promise<void>;
}

const WORDS = ["alpha", "béta", "Γάμμα", "дельта", "日本", "🌍🚀", "x\ny", '"quoted"'];

export function toMessage({ tag, pieces, paceMs }: Question): string {
  return `ask:${tag} ${pieces}x${paceMs}`;
}

function toPieces({ tag, pieces }: Question): string[] {
  return Array.from(
    { length: pieces },
    (_, index) => `${tag}/${index} ${WORDS[index % WORDS.length]} `,
  );
}

/** The whole answer to a question. */
export function answerTo(question: Question): string {
  return toPieces(question).join("");
}

/** The last question in a request: the ones before it are its history. */
function readQuestion(body: unknown): Question {
  const found = [...JSON.stringify(body).matchAll(/ask:([\w-]+) (\d+)x(\d+)/g)].at(-1);
  if (!found?.[1]) throw new Error("A request without a question reached the model.");
  return { tag: found[1], pieces: Number(found[2]), paceMs: Number(found[3]) };
}

export async function startPacedUpstream(): Promise<PacedUpstream> {
  const calls = new Map<string, number[]>();
  const breaks = new Map<string, number[]>();
  const stub = await startStubUpstream((request) => {
    const question = readQuestion(request.body);
    note(calls, question.tag);
    void request.closed.then((early) => {
      if (early) note(breaks, question.tag);
    });
    const steps = answerSteps(...toPieces(question));
    return { steps: steps.flatMap((step) => [step, { waitMs: question.paceMs }]) };
  });
  return { baseUrl: stub.baseUrl, calls, breaks, open: stub.open, close: stub.close };
}

function note(moments: Map<string, number[]>, tag: string): void {
  moments.set(tag, [...(moments.get(tag) ?? []), performance.now()]);
}
