import { expect, it } from "vitest";
import { createMetrics } from "./metrics.ts";

const NO_FIGURES = {
  runs: () => 0,
  streams: () => 0,
  workflowCache: () => ({ size: 0, hits: 0, misses: 0, evictions: 0 }),
};

it("counts the citations that were kept, and those that no passage had", async () => {
  const metrics = createMetrics(NO_FIGURES);
  metrics.cited(3, 0);
  metrics.cited(2, 4);
  const lines = (await metrics.registry.metrics()).split("\n");
  expect(lines).toContain('chatter_citations_total{outcome="kept"} 5');
  expect(lines).toContain('chatter_citations_total{outcome="dropped"} 4');
});
