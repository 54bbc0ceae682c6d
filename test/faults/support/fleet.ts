/** Several servers on one PostgreSQL, with a load balancer's view of them: whoever connects gets one that is up. */
import { setTimeout as sleep } from "node:timers/promises";
import { startServer, type TestServer } from "../../support/server.ts";
import { pick, type Random } from "./random.ts";

interface Member {
  /** `kill -9`, and another process in its place. */
  readonly kill: () => Promise<void>;
  /** Stops all of its threads for a while, as a machine that is suspended does. */
  readonly freeze: (forMs: number) => Promise<void>;
  /** Stops in order and starts anew, as in a rolling restart. */
  readonly restart: () => Promise<void>;
  /** True when its process has ended by itself. */
  readonly exited: () => boolean;
}

export interface Fleet {
  readonly members: readonly Member[];
  /** The address of one that is up, another each time; of any while none is. */
  readonly url: () => string;
  /** Everything that the processes have printed. */
  readonly output: () => string;
  readonly stop: () => Promise<void>;
}

interface Seat {
  server: TestServer;
  isUp: boolean;
}

/** Starts so many servers; the first ones meet on an empty database. */
export async function startFleet(
  random: Random,
  options: { readonly members: number; readonly upstream: string; readonly databaseUrl: string },
): Promise<Fleet> {
  const env = { DATABASE_URL: options.databaseUrl, CHATTER_DRAIN_TIMEOUT: "2s" };
  const printed: string[] = [];
  const start = (): Promise<TestServer> => startServer({ upstream: options.upstream, env });
  const seats = await Promise.all(
    Array.from({ length: options.members }, async () => ({ server: await start(), isUp: true })),
  );

  const replace = async (seat: Seat, end: (server: TestServer) => Promise<void>): Promise<void> => {
    seat.isUp = false;
    await end(seat.server);
    printed.push(seat.server.output());
    seat.server = await start();
    seat.isUp = true;
  };
  const members = seats.map((seat) => ({
    kill: () => replace(seat, (server) => server.kill()),
    restart: () => replace(seat, (server) => server.stop()),
    freeze: async (forMs: number) => {
      seat.isUp = false;
      seat.server.process.kill("SIGSTOP");
      await sleep(forMs);
      seat.server.process.kill("SIGCONT");
      seat.isUp = true;
    },
    exited: () => seat.server.process.exitCode !== null,
  }));
  return {
    members,
    url: () => {
      const up = seats.filter(({ isUp }) => isUp);
      return pick(random, up.length > 0 ? up : seats).server.url;
    },
    output: () => [...printed, ...seats.map(({ server }) => server.output())].join(""),
    stop: async () => {
      await Promise.all(seats.map(({ server }) => server.stop()));
    },
  };
}
