/** What the stub answers: token `i` of every answer is `WORDS[i % WORDS.length]`, so that a reader can check it. */
export const WORDS: readonly string[] = [
  "The",
  " quick",
  " brown",
  " fox",
  " jumps",
  " over",
  " the",
  " lazy",
  " dog",
  ",",
  " again",
  " and",
  " again",
  ".",
  "\n",
  " Once",
];

/** The text of an answer of so many tokens. */
export function expectedText(tokens: number): string {
  let text = "";
  for (let i = 0; i < tokens; i++) text += WORDS[i % WORDS.length];
  return text;
}
