/** `chatter serve` */
import { startServer } from "../compose/server.ts";
import { loadConfig } from "../config.ts";

/** Starts the server; the first signal stops it in order, a second one at once. */
export async function serve(): Promise<void> {
  const { config, extensions } = await loadConfig(process.env, process.cwd());
  const server = await startServer(config, extensions);
  const stop = (): void => {
    server.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  // Last: who reads it may send a signal at once.
  console.log(`Chatter is ready: ${server.url}`);
}
