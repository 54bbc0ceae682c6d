/** What this instance does when another one tells it something. */
import type { Wakeup, Wakeups } from "../workflow/ports/wakeups.ts";
import type { LiveRuns } from "./journal/live.ts";
import type { RunQueue } from "./queue.ts";

interface Ports {
  readonly live: LiveRuns;
  readonly queue: RunQueue;
}

function heed(wakeup: Wakeup, { live, queue }: Ports): void {
  switch (wakeup.what) {
    case "work":
      // Who is full looks when a run of its own has ended.
      if (queue.hasRoom) void queue.look();
      return;
    case "stop":
      void queue.obey(wakeup.runId);
      return;
    case "news":
      live.ring(wakeup.runId);
      return;
    case "follow":
      live.followElsewhere(wakeup.runId);
  }
}

/** Begins to hear the other instances. After a gap everything is looked at, since anything may have happened in it. */
export function hearOthers(wakeups: Wakeups, ports: Ports): void {
  wakeups.listen(
    (wakeup) => heed(wakeup, ports),
    () => {
      void ports.queue.look();
      ports.live.ringAll();
    },
  );
}
