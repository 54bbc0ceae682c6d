/** `npm run conformance`: all client scenarios that apply, one after the other. Exits with 1 when one does not pass. */
import { APPLY, runScenario } from "./scenarios.ts";

for (const name of APPLY) {
  const wrong = await runScenario(name);
  console.log(`${wrong === null ? "passes" : "FAILS "} ${name}`);
  if (wrong === null) continue;
  console.error(wrong);
  process.exitCode = 1;
}
