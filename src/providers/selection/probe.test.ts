import { afterEach, describe, expect, it } from "vitest";
import { HANG, startStubUpstream, type StubUpstream } from "../testing/stub-upstream.ts";
import { probeModels } from "./probe.ts";

describe("probeModels", () => {
  let upstream: StubUpstream | undefined;
  afterEach(() => upstream?.close());

  it("lists models, and gives up on silence and on nobody", async () => {
    let steps: (string | typeof HANG)[] = ['{"data":[{"id":"a"}]}'];
    upstream = await startStubUpstream(() => ({ steps }));
    const { baseUrl } = upstream;
    expect(await probeModels(baseUrl, { timeoutMs: 300 })).toEqual(["a"]);
    steps = [HANG];
    const from = performance.now();
    expect(await probeModels(baseUrl, { timeoutMs: 100 })).toBeNull();
    expect(performance.now() - from).toBeLessThan(2_000);
    await upstream.close();
    expect(await probeModels(baseUrl, { timeoutMs: 300 })).toBeNull();
  });
});
