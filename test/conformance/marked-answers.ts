/** Answers of a model with marks of every kind, made from a seed, each with what it cites by the way it was made. */
import { between, pick, type Random, seeded } from "../faults/support/random.ts";

/** How an answer ends: as it should, by an error of its provider, or because somebody stopped it. */
type Ending = "whole" | "broken off" | "stopped";

export interface MarkedAnswer {
  readonly workflow: "plain" | "rag" | "full";
  /** How many passages the run is given. */
  readonly supplied: number;
  /** What the model says in each of its turns; in all but the last it calls a tool as well. */
  readonly turns: readonly string[];
  readonly ending: Ending;
  /** The kinds of the pieces that it is made of. */
  readonly kinds: readonly Kind[];
  /** The numbers that it cites and that passages have, in order. */
  readonly cited: readonly number[];
  /** How many other numbers it cites. */
  readonly dropped: number;
}

/** A piece of an answer, and the numbers that it cites, whether passages have them or not. */
interface Piece {
  readonly text: string;
  readonly numbers: readonly number[];
}

const NOTHING: readonly number[] = [];

/** The ways to write a piece. `right` gives a number that a passage has, where there are any; `wrong` one that none has. */
const KINDS = {
  absent: () => ({ text: "It is said that the sky is blue.", numbers: NOTHING }),
  right: ({ right }) => one(right(), (n) => `The sky is blue [${n}].`),
  wrong: ({ wrong }) => one(wrong(), (n) => `The sea is green [${n}].`),
  both: ({ right, wrong }) => two(right(), wrong(), (a, b) => `Both say so [${a}][${b}].`),
  list: ({ right, wrong }) => two(right(), wrong(), (a, b) => `Both say so [${a},${b}; ${a}].`),
  range: ({ right, random }) => {
    const first = right();
    const numbers = Array.from({ length: between(random, 1, 4) }, (_, at) => first + at);
    return { text: `All say so [${first}-${numbers.at(-1)}].`, numbers };
  },
  item: ({ right }) => one(right(), (n) => `- a lone \` in an item [${n}]`),
  malformed: ({ right, random }) => none(random, right(), MALFORMED),
  link: ({ right, random }) => none(random, right(), LINKS),
  code: ({ right, random }) => none(random, right(), INLINE),
  fence: ({ right, random }) => none(random, right(), FENCED),
} as const satisfies Readonly<Record<string, (source: Source) => Piece>>;

export type Kind = keyof typeof KINDS;
export const ALL_KINDS = Object.keys(KINDS) as readonly Kind[];

interface Source {
  readonly random: Random;
  readonly right: () => number;
  readonly wrong: () => number;
}

type Write = (n: number) => string;

const MALFORMED: readonly Write[] = [
  (n) => `Blue [${n},] or [${n} ${n}].`,
  (n) => `Blue [${n + 1}-${n}].`,
  (n) => `Blue \\[${n}] or \\[${n}\\].`,
  (n) => `Blue [${n}.5], [x${n}], [ ], [${n}000].`,
  (n) => `Blue (${n}) or {${n}} or ${n}].`,
  (n) => `Blue [^${n}].`,
];

const LINKS: readonly Write[] = [
  (n) => `See [${n}](https://example.org/${n}).`,
  (n) => `![${n}](sky.png)`,
  (n) => `[${n}]: https://example.org/${n} "Sky"`,
  (n) => `[^${n}]: A footnote.`,
];

const INLINE: readonly Write[] = [
  (n) => `Use \`list[${n}]\` here.`,
  (n) => `Use \`\`a \` b[${n}]\`\` here.`,
  (n) => `Use \`over\nlines[${n}]\` here.`,
];

const FENCED: readonly Write[] = [
  (n) => `\`\`\`ts\nconst x = list[${n}];\n\nf([${n}]);\n\`\`\``,
  (n) => `~~~\n[${n}]\n\`\`\`\n[${n}]\n~~~`,
  (n) => `- so:\n\n  \`\`\`\`\n  [${n}]\n  \`\`\`\n  [${n}]\n  \`\`\`\``,
];

/** What may stand at the end of an answer that was cut off. None of it cites anything. */
const TAILS: readonly Write[] = [
  (n) => `The rest is [${n}`,
  (n) => `The rest is [${n}, `,
  (n) => `\`\`\`\nlist[${n}]\nand`,
];

function one(n: number, write: Write): Piece {
  return { text: write(n), numbers: [n] };
}

function two(a: number, b: number, write: (a: number, b: number) => string): Piece {
  return { text: write(a, b), numbers: [a, b] };
}

/** A piece that looks as if it cited `n`. */
function none(random: Random, n: number, ways: readonly Write[]): Piece {
  return { text: pick(random, ways)(n), numbers: NOTHING };
}

const WORKFLOWS = ["plain", "rag", "rag", "full", "full"] as const;
const ENDINGS = ["whole", "whole", "whole", "broken off", "stopped"] as const;

/** The most passages that a run is given here. */
export const MOST_PASSAGES = 9;

function makeAnswer(random: Random): MarkedAnswer {
  const workflow = pick(random, WORKFLOWS);
  const supplied = between(random, 0, MOST_PASSAGES);
  const ending = pick(random, ENDINGS);
  const wrong = (): number => pick(random, [0, supplied + 1, between(random, supplied + 1, 999)]);
  const right = (): number => (supplied === 0 ? wrong() : between(random, 1, supplied));
  const kinds: Kind[] = [];
  const numbers = new Set<number>();
  const turn = (): string =>
    Array.from({ length: between(random, 1, 5) }, () => {
      const kind = pick(random, ALL_KINDS);
      const piece = KINDS[kind]({ random, right, wrong });
      kinds.push(kind);
      for (const number of piece.numbers) numbers.add(number);
      return piece.text;
    }).join("\n\n");
  const turns = Array.from({ length: workflow === "full" ? between(random, 1, 3) : 1 }, turn);
  const tail = ending === "whole" ? "" : `\n\n${pick(random, TAILS)(right())}`;
  const cited = [...numbers].filter((number) => number >= 1 && number <= supplied);
  return {
    workflow,
    supplied,
    turns: turns.map((text, at) => (at === turns.length - 1 ? text + tail : text)),
    ending,
    kinds,
    cited: cited.toSorted((a, b) => a - b),
    dropped: numbers.size - cited.length,
  };
}

/** So many answers, the same for the same seed. */
export function makeAnswers(seed: number, count: number): MarkedAnswer[] {
  const random = seeded(seed);
  return Array.from({ length: count }, () => makeAnswer(random));
}

/** A text in pieces of a few characters, as models send it. */
export function inPieces(text: string, seed: number): string[] {
  const random = seeded(seed);
  const pieces: string[] = [];
  for (let from = 0; from < text.length;) {
    const until = from + between(random, 1, 7);
    pieces.push(text.slice(from, until));
    from = until;
  }
  return pieces;
}
