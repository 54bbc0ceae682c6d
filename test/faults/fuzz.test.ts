/** Ten thousand fuzzed requests. Each time other ones: to repeat a run, set CHATTER_FUZZ_SEED to the seed that it has printed. */
import { describe } from "vitest";
import { ENGINES } from "../support/engines.ts";
import { fuzzEngine } from "../support/fuzz/fuzzing.ts";

const SEED = Number(process.env["CHATTER_FUZZ_SEED"] ?? Date.now() % 2 ** 31);

describe.each(ENGINES)("fuzzed requests on $name", (engine) => {
  fuzzEngine(engine, 5000, SEED);
});
