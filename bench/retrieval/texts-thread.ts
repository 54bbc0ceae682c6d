/** Mixes the sentences that it is started with: as many texts as it is asked for at a time. */
import { parentPort, workerData } from "node:worker_threads";

/** Characters of a text, at least. */
const TEXT_LENGTH = 1200;

const sentences = workerData as readonly string[];

/** The same numbers in every run, between 0 and 1. */
function randomNumbers(): () => number {
  let state = 1;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const random = randomNumbers();

function pick(): string {
  return sentences[Math.floor(random() * sentences.length)] ?? "";
}

function mixOne(): string {
  let text = pick();
  while (text.length < TEXT_LENGTH) text += ` ${pick()}`;
  return text;
}

const port = parentPort;
port?.on("message", (count: number) => {
  port.postMessage(Array.from({ length: count }, mixOne));
});
