/** A way between two programs that breaks: connections are reset, or nothing comes through for a while. */
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

export interface TcpProxy {
  readonly port: number;
  /** How many connections go through it. */
  readonly open: () => number;
  /** Resets each connection for which `chosen` says so. */
  readonly cut: (chosen: () => boolean) => void;
  /** Holds back everything, in both directions, until `flow` is called. Connections stay open. */
  readonly stall: () => void;
  readonly flow: () => void;
  readonly close: () => Promise<void>;
}

/** Starts a proxy on a free port of the loopback address, to another port there. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let isStalled = false;
  const server = createServer((near) => {
    const far = connect(targetPort, "127.0.0.1");
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on("data", (chunk) => to.write(chunk));
      from.on("error", () => to.resetAndDestroy());
      from.on("end", () => to.end());
      from.on("close", () => {
        pairs.delete(pair);
        to.destroy();
      });
      if (isStalled) from.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    open: () => pairs.size,
    cut: (chosen) => {
      for (const [near, far] of pairs) {
        if (!chosen()) continue;
        near.resetAndDestroy();
        far.resetAndDestroy();
      }
    },
    stall: () => {
      isStalled = true;
      for (const socket of [...pairs].flat()) socket.pause();
    },
    flow: () => {
      isStalled = false;
      for (const socket of [...pairs].flat()) socket.resume();
    },
    close: async () => {
      for (const socket of [...pairs].flat()) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
