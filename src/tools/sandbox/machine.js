/**
 * The thread in which a program runs: QuickJS, compiled to WebAssembly, over a memory of its own that cannot grow beyond
 * its maximum. (The limit that QuickJS can be given does not hold.) The program reaches texts that go out, and nothing
 * else of this process. It may block this thread for ever: the process's main thread (child.js) ends it.
 */
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import variant from "@jitl/quickjs-wasmfile-release-sync";
import { newQuickJSWASMModuleFromVariant, newVariant } from "quickjs-emscripten-core";

/** What QuickJS was compiled to begin with; a page has 64 KiB. */
const INITIAL_PAGES = 256;

/** Evaluates a script whose top level may wait; the value is a promise of `{ value }`, that of its last expression. */
const SCRIPT = 1 << 7;

/** A script with such a line is tried as a module when it cannot be parsed. */
const MODULE_LINE = /^[^\S\n]*(?:import|export)\b/m;

/** The name of a source whose lines are not those of its author. */
const TRANSFORMED = "transformed";

const TOO_DEEP = {
  name: "RangeError",
  message: "The program calls itself too often, or nests too deeply.",
  stack: "",
};
const STALLED = {
  name: "Error",
  message: "The program waits for a promise that nothing settles.",
  stack: "",
};

function readGuest(name) {
  return readFileSync(new URL(`guest/${name}`, import.meta.url), "utf8");
}

async function createContext() {
  const silent = { print: () => {}, printErr: () => {} };
  const wasmMemory = new WebAssembly.Memory({
    initial: INITIAL_PAGES,
    maximum: workerData.memoryPages,
  });
  const quickjs = await newQuickJSWASMModuleFromVariant(
    newVariant(variant, { wasmMemory, emscriptenModule: silent }),
  );
  return quickjs.newRuntime().newContext();
}

/** Puts console and timers into a context; gives handles of the functions that the host calls. */
function prepare(context, write) {
  const { runtime } = context;
  runtime.setModuleLoader((name) => readGuest(name.replace("./", "")));
  const guest = context.unwrapResult(
    context.evalCode(readGuest("index.js"), "index.js", { type: "module" }),
  );
  const writer = context.newFunction("write", (text) =>
    write(context.getString(text)) ? context.true : context.false,
  );
  const install = context.getProp(guest, "install");
  context.unwrapResult(context.callFunction(install, context.undefined, writer));
  runtime.setModuleLoader((name) => ({
    error: new Error(`There is no module "${name}": programs here cannot import anything.`),
  }));
  const functionOf = (name) => context.getProp(guest, name);
  return {
    dataOf: functionOf("dataOf"),
    inspect: functionOf("inspect"),
    describeError: functionOf("describeError"),
    nextTimer: functionOf("nextTimer"),
    runTimer: functionOf("runTimer"),
  };
}

/** What the program threw, as it left the machine. */
class ProgramError extends Error {
  constructor(described) {
    super(described.message);
    this.described = described;
  }
}

/** Runs the sources of one program. */
class Machine {
  #context;
  #guest;

  constructor(context, write) {
    this.#context = context;
    this.#guest = prepare(context, write);
  }

  /** Runs them one after the other, to the end of all that they began; returns the value of the last. */
  async run(sources) {
    let value = this.#context.undefined;
    for (const source of sources) value = await this.#settle(this.#evaluate(toJavaScript(source)));
    await this.#finish();
    const json = this.#callForText(this.#guest.dataOf, value);
    return { text: this.#callForText(this.#guest.inspect, value), json: json ?? null };
  }

  /** The handle of what a source is worth, or of a promise of it. */
  #evaluate({ name, text }) {
    const script = this.#context.evalCode(text, name, SCRIPT);
    if (!script.error) return { handle: script.value, isScript: true };
    if (!MODULE_LINE.test(text)) throw this.#thrown(script.error);
    const module = this.#context.evalCode(text, name, { type: "module" });
    if (module.error) throw this.#thrown(module.error);
    return { handle: module.value, isScript: false };
  }

  async #settle({ handle, isScript }) {
    const value = await this.#wait(handle);
    return isScript ? this.#wait(this.#context.getProp(value, "value")) : value;
  }

  /** Lets jobs and timers run until a promise is settled; gives what it was fulfilled with, or any other value as it is. */
  async #wait(handle) {
    for (;;) {
      this.#runJobs();
      const state = this.#context.getPromiseState(handle);
      if (state.type === "fulfilled") return state.value;
      if (state.type === "rejected") throw this.#thrown(state.error);
      if (!(await this.#runTimer())) throw new ProgramError(STALLED);
    }
  }

  /** Lets everything happen that is still to come. */
  async #finish() {
    do this.#runJobs();
    while (await this.#runTimer());
  }

  #runJobs() {
    const result = this.#context.runtime.executePendingJobs();
    if (result.error) throw this.#thrown(result.error);
  }

  /** Waits for the next timer and runs it; false if there is none. */
  async #runTimer() {
    const milliseconds = this.#context.getNumber(this.#call(this.#guest.nextTimer));
    if (milliseconds < 0) return false;
    await sleep(milliseconds);
    this.#call(this.#guest.runTimer);
    return true;
  }

  #call(guestFunction, ...values) {
    const result = this.#context.callFunction(guestFunction, this.#context.undefined, ...values);
    if (result.error) throw this.#thrown(result.error);
    return result.value;
  }

  #callForText(guestFunction, value) {
    const handle = this.#call(guestFunction, value);
    return this.#context.typeof(handle) === "string" ? this.#context.getString(handle) : undefined;
  }

  #thrown(error) {
    return new ProgramError(JSON.parse(this.#callForText(this.#guest.describeError, error)));
  }
}

function toJavaScript({ name, language, text }) {
  if (language === "javascript") return { name, text };
  try {
    // Types become spaces, so that what fails fails in its own line.
    return { name, text: stripTypeScriptTypes(text, { sourceUrl: name }) };
  } catch (error) {
    if (error.code !== "ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX") throw syntaxError(error);
    return { name: TRANSFORMED, text: transform(name, text) };
  }
}

/** Enums, namespaces and parameter properties take other code, and other lines. */
function transform(name, text) {
  try {
    return stripTypeScriptTypes(text, { mode: "transform", sourceUrl: name });
  } catch (error) {
    throw syntaxError(error);
  }
}

function syntaxError(error) {
  if (error.code === "ERR_INTERNAL_ASSERTION") return new ProgramError(TOO_DEEP);
  // Its first line is the place: `program.ts:3`.
  const [stack] = error.stack.split("\n", 1);
  return new ProgramError({ name: "SyntaxError", message: error.message, stack });
}

/** What is to be told of something that was thrown here. The machine is not used again. */
function describe(error) {
  if (error instanceof ProgramError) return error.described;
  // QuickJS recurses on the stack of this thread where it parses.
  if (error instanceof RangeError) return TOO_DEEP;
  return { name: "Error", message: `The machine failed: ${error?.message ?? error}`, stack: "" };
}

/** How much output is still taken; the line that is too much goes out too, to be cut. */
let room = workerData.outputCharacters;

function write(line) {
  room -= line.length + 1;
  parentPort.postMessage({ line });
  return room >= 0;
}

const machine = new Machine(await createContext(), write);

async function answer(sources) {
  try {
    parentPort.postMessage({ value: await machine.run(sources) });
  } catch (error) {
    parentPort.postMessage({ error: describe(error) });
  }
}

parentPort.once("message", (sources) => void answer(sources));
parentPort.postMessage({ ready: true });
