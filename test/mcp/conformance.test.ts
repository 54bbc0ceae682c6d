/** The conformance suite of the protocol, against the client as it is composed for the server. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { allScenarios, APPLY, DO_NOT_APPLY, QUICK, runScenario } from "./scenarios.ts";

const DOCUMENT = join(import.meta.dirname, "..", "..", "docs", "mcp-conformance.md");

describe("the client scenarios of the conformance suite", () => {
  it("are all accounted for, in the document too", async () => {
    const accounted = [...APPLY, ...Object.keys(DO_NOT_APPLY)].toSorted();
    expect(accounted).toEqual((await allScenarios()).toSorted());
    const text = readFileSync(DOCUMENT, "utf8");
    for (const name of APPLY) expect(text).toContain(`\`${name}\``);
    for (const [name, reason] of Object.entries(DO_NOT_APPLY)) {
      expect(text).toContain(`\`${name}\``);
      expect(text.replaceAll(/\s+/g, " ")).toContain(reason);
    }
  });

  it.concurrent.each(QUICK)("pass: %s", async (name) => {
    expect(await runScenario(name)).toBeNull();
  });
});
