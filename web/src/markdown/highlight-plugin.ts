/** The part of code colouring that is loaded on demand. */
import type { Options } from "react-markdown";
import rehypeHighlight from "rehype-highlight";

/** Only a named language is coloured: guessing is slow and often wrong. */
export const plugins: NonNullable<Options["rehypePlugins"]> = [
  [rehypeHighlight, { detect: false }],
];
