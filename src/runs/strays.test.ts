import { expect, test } from "vitest";
import type { StoredRun } from "../workflow/ports/stores/runs.ts";
import { Strays } from "./strays.ts";

function stray(id: string, attempt = 1): StoredRun {
  return { id, attempt } as StoredRun;
}

test("what was found a moment ago may be about to begin; what is found for a while does not", () => {
  const strays = new Strays();
  expect(strays.lasting([stray("a")], 1000)).toEqual([]);
  expect(strays.lasting([stray("a"), stray("b")], 1899)).toEqual([]);
  expect(strays.lasting([stray("a"), stray("b")], 1900)).toEqual([stray("a")]);
  expect(strays.lasting([stray("b")], 2799)).toEqual([stray("b")]);
});

test("what was gone in between, or is another attempt, is found anew", () => {
  const strays = new Strays();
  strays.lasting([stray("a"), stray("b")], 1000);
  strays.lasting([stray("b")], 1500);
  expect(strays.lasting([stray("a"), stray("b", 2)], 3000)).toEqual([]);
});
