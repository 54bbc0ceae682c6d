/** Servers that follow each other at one place, with a configuration of their own: what one has left, the next one finds. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import type { StubUpstream } from "../../src/providers/testing/stub-upstream.ts";
import { Api } from "./api.ts";
import type { Engine, Place } from "./engines.ts";
import type { TestServer } from "./server.ts";

/** The servers of one test. */
export interface Succession {
  /** The data directory, which is where they run. */
  readonly directory: string;
  /** Where the newest one listens. */
  readonly url: string;
  /** Starts the next one, with this model; the one before must have ended. */
  start(upstream: StubUpstream, env?: Readonly<Record<string, string>>): Promise<Api>;
  /** Kills the newest one. */
  kill(): Promise<void>;
  /** The lines that tools have written to a file of the directory; none where it is not there. */
  linesOf(file: string): Promise<string[]>;
}

/** Opens a place before each test of the surrounding suite; ends its servers and their models after it. */
export function useSuccession(engine: Engine, config: string): Succession {
  let place: Place;
  let directory = "";
  let servers: TestServer[] = [];
  let upstreams = new Set<StubUpstream>();
  beforeEach(async () => {
    servers = [];
    upstreams = new Set();
    place = await engine.openPlace();
    directory = place.env["CHATTER_DATA_DIR"] ?? "";
    await writeFile(join(directory, "chatter.config.ts"), config);
  });
  afterEach(async () => {
    for (const server of servers) await server.stop();
    for (const upstream of upstreams) await upstream.close();
    await place.dispose();
  });
  return {
    get directory() {
      return directory;
    },
    get url() {
      return servers.at(-1)?.url ?? "";
    },
    async start(upstream, env = {}) {
      upstreams.add(upstream);
      const server = await place.start({ upstream: upstream.baseUrl, env });
      servers.push(server);
      return new Api(server.url);
    },
    async kill() {
      await servers.at(-1)?.kill();
    },
    async linesOf(file) {
      const text = await readFile(join(directory, file), "utf8").catch(() => "");
      return text.split("\n").filter((line) => line !== "");
    },
  };
}
