/** A thread for tests: answers, throws, takes long, dies. */
import { databaseFile, serve } from "../threads/serve.ts";

const operations = {
  echo: (text: string) => `${databaseFile()}: ${text}`,
  fail: (message: string) => {
    throw new TypeError(message);
  },
  block: (milliseconds: number) => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
    return "done";
  },
  die: (code: number) => process.exit(code),
};
export type EchoOperations = typeof operations;

serve(operations, () => {});
