/** The log of a server: one JSON object a line, to the standard output. */
import { destination, type Logger, pino } from "pino";
import type { Config } from "../config/config.ts";

/**
 * How long a line may wait for others, in milliseconds: written together they cost one call of the system. A process that
 * ends by itself loses none; one that is killed may lose those of its last moment.
 */
const FLUSH_MS = 100;

/** So many characters are written at once without waiting. */
const BATCH_CHARACTERS = 4096;

/** Opens the log; lines below the level are not made. */
export function openLog({ logLevel }: Pick<Config, "logLevel">): Logger {
  const lines = { fd: 1, sync: false, minLength: BATCH_CHARACTERS, periodicFlush: FLUSH_MS };
  return pino({ level: logLevel }, destination(lines));
}
