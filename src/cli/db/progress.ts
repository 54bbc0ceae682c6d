/** How far a long work is: a bar on a terminal, elsewhere a line for each part that is done. */

/** What is written to; standard error, which leaves standard output to the result. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ProgressState {
  readonly part: string;
  readonly done: number;
  readonly total: number;
  readonly doneOfAll: number;
  readonly totalOfAll: number;
}

const BAR = 30;
/** Drawing more often than this takes time from the work. */
const PAUSE_MS = 100;

function barOf({ part, doneOfAll, totalOfAll }: ProgressState, columns: number): string {
  const share = totalOfAll === 0 ? 1 : doneOfAll / totalOfAll;
  const full = Math.floor(share * BAR);
  const bar = "#".repeat(full).padEnd(BAR, ".");
  const text = `[${bar}] ${String(Math.floor(share * 100)).padStart(3)} %  ${part}`;
  return text.slice(0, Math.max(0, columns - 1));
}

/** Returns what hears of each step. `end` makes room for what is printed next. */
export function showProgress(output: ProgressOutput): {
  readonly step: (state: ProgressState) => void;
  readonly end: () => void;
} {
  let drawn = Number.NEGATIVE_INFINITY;
  return {
    step: (state) => {
      if (!output.isTTY) {
        if (state.done === state.total) output.write(`${state.part}: ${state.total}\n`);
        return;
      }
      const finished = state.doneOfAll === state.totalOfAll;
      if (!finished && performance.now() - drawn < PAUSE_MS) return;
      drawn = performance.now();
      output.write(`\r\u001b[2K${barOf(state, output.columns ?? 80)}`);
    },
    end: () => {
      if (output.isTTY && drawn > 0) output.write("\r\u001b[2K");
    },
  };
}
