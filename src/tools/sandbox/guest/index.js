/** The functions of the machine that its host calls. */
import { dataOf, describeError, inspect } from "./inspect.js";
import { createConsole, createTimers } from "./runtime.js";

const timers = createTimers();
const resolved = Promise.resolve();
const then = Promise.prototype.then.bind(resolved);

/** Gives the program its globals; lines of output go to `write`. */
export function install(write) {
  const { globals } = timers;
  const queueMicrotask = (callback) => void then(() => callback());
  const given = { console: createConsole(write), queueMicrotask, ...globals };
  for (const [name, value] of Object.entries(given)) {
    Object.defineProperty(globalThis, name, {
      value,
      writable: true,
      configurable: true,
      enumerable: false,
    });
  }
}

export const { next: nextTimer, run: runTimer } = timers;
export { dataOf, describeError, inspect };
