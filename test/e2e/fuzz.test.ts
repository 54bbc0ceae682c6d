/** Fuzzed requests, the same ones every time; `npm run test:faults` sends more, and other ones each time. */
import { describe } from "vitest";
import { ENGINES } from "../support/engines.ts";
import { fuzzEngine } from "../support/fuzz/fuzzing.ts";

describe.each(ENGINES)("fuzzed requests on $name", (engine) => {
  fuzzEngine(engine, 3000, 20_261_125);
});
