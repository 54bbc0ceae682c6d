/**
 * Ends the process when it takes more memory than it may, or when the server it belongs to is gone. It runs in a thread
 * of its own, and is JavaScript so that the thread has no types to strip.
 */
import { workerData } from "node:worker_threads";

const INTERVAL_MS = 25;
const { parent, residentBytes } = workerData;

function isOrphan() {
  if (process.ppid !== parent) return true;
  try {
    // Where a parent's number stays when it is gone, it can be asked for.
    process.kill(parent, 0);
    return false;
  } catch {
    return true;
  }
}

setInterval(() => {
  if (process.memoryUsage.rss() > residentBytes || isOrphan()) process.kill(process.pid, "SIGKILL");
}, INTERVAL_MS);
