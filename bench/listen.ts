/** How the helper processes of the benchmark come up: any free port, told to the parent, gone on SIGTERM. */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Listens on loopback at `PORT` (default: any free port) and sends `{ port }` to the parent, or prints it. */
export function listenAndReport(server: Server): void {
  server.listen(Number(process.env["PORT"] ?? 0), "127.0.0.1", 4096, () => {
    const { port } = server.address() as AddressInfo;
    if (process.send) process.send({ port });
    else console.log(`listening on http://127.0.0.1:${port}`);
  });
  process.on("SIGTERM", () => process.exit(0));
  process.on("disconnect", () => process.exit(0));
}
