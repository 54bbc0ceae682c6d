/** What a program finds beside the language: a console and timers. It runs inside the machine, before the program. */
import { lineOf } from "./inspect.js";

const { now } = Date;
const asNumber = Number;

/** Lines go to `write`, a function of the host that takes a text and says whether it takes another one. */
export function createConsole(write) {
  let isOpen = true;
  const method =
    (prefix) =>
    (...values) => {
      isOpen &&= write(`${prefix}${lineOf(values)}`);
    };
  const plain = method("");
  return {
    log: plain,
    info: plain,
    debug: plain,
    dir: (value) => plain(value),
    warn: method("warning: "),
    error: method("error: "),
  };
}

/** Timers that the host runs: it asks how long to wait for the next one, and then runs it. */
export function createTimers() {
  const waiting = [];
  let last = 0;
  const add = (callback, delay, repeat, values) => {
    if (typeof callback !== "function") throw new TypeError("a timer needs a function");
    const milliseconds = asNumber(delay) >= 1 ? asNumber(delay) : 1;
    const id = ++last;
    insert({ id, callback, at: now() + milliseconds, every: repeat ? milliseconds : null, values });
    return id;
  };
  /** Behind those that are due at the same time. */
  const insert = (timer) => {
    let place = waiting.length;
    for (; place > 0 && waiting[place - 1].at > timer.at; place--) {
      waiting[place] = waiting[place - 1];
    }
    waiting[place] = timer;
  };
  const take = (place) => {
    const timer = waiting[place];
    for (let at = place + 1; at < waiting.length; at++) waiting[at - 1] = waiting[at];
    waiting.length--;
    return timer;
  };
  const clear = (id) => {
    for (let place = 0; place < waiting.length; place++) {
      if (waiting[place].id === id) {
        take(place);
        return;
      }
    }
  };
  return {
    globals: {
      setTimeout: (callback, delay, ...values) => add(callback, delay, false, values),
      setInterval: (callback, delay, ...values) => add(callback, delay, true, values),
      clearTimeout: clear,
      clearInterval: clear,
    },
    /** Milliseconds until the next timer is due; -1 if there is none. */
    next: () => {
      if (waiting.length === 0) return -1;
      const left = waiting[0].at - now();
      return left > 0 ? left : 0;
    },
    /** Runs the next timer, which is due. */
    run: () => {
      const timer = take(0);
      if (timer.every !== null) insert({ ...timer, at: now() + timer.every });
      timer.callback(...timer.values);
    },
  };
}
