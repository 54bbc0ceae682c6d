/** What most suites stand on: a server on one engine, with a model server that does what each message orders. */
import { afterAll, beforeAll, expect } from "vitest";
import type { StubUpstream } from "../../src/providers/testing/stub-upstream.ts";
import { Api } from "./api.ts";
import type { Engine } from "./engines.ts";
import type { TestServer } from "./server.ts";
import { startUpstream } from "./upstream.ts";

export interface Stage {
  readonly server: TestServer;
  readonly upstream: StubUpstream;
  readonly api: Api;
}

/** Sets the stage before the tests of the surrounding suite and clears it after them. */
export function useStage(engine: Engine, env: Readonly<Record<string, string>> = {}): Stage {
  const stage: { server?: TestServer; upstream?: StubUpstream; api?: Api } = {};
  beforeAll(async () => {
    stage.upstream = await startUpstream();
    stage.server = await engine.startServer({ upstream: stage.upstream.baseUrl, env });
    stage.api = new Api(stage.server.url);
  });
  afterAll(async () => {
    await stage.server?.stop();
    await stage.upstream?.close();
    // An error that no client saw is an error all the same; failures of the provider are mere warnings.
    expect(stage.server?.output()).not.toMatch(/"level":[56]0|^\w*Error\b/m);
  });
  // The fields are there when the first test runs.
  return stage as Stage;
}
