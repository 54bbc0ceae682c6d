/**
 * The program of a sandbox process, and its main thread: it lets one program run in another thread (machine.js), watches
 * over its time and memory, and says what became of it. It is JavaScript, as all that is loaded here: without types to
 * strip, a process starts sooner and takes 20 MB less.
 *
 * It says `{"ready":true}`, reads one request, says `{"begun":true}`, answers with one reply, and waits to be killed. It
 * ends when its server is gone.
 */
import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";

const { outputCharacters, memoryPages, residentBytes } = JSON.parse(process.argv[2]);

const WATCH_MS = 10;

const OUT_OF_MEMORY = {
  name: "OutOfMemory",
  message: "The program took more memory than it may.",
  stack: "",
};

function timeout(milliseconds) {
  const message = `The program did not end within ${milliseconds / 1000} s.`;
  return { name: "Timeout", message, stack: "" };
}

function say(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** The lines that a program has written, up to a bound; each line counts one more than its characters. */
class Output {
  text = "";
  isCut = false;

  add(line) {
    const room = outputCharacters - this.text.length;
    const added = this.text === "" ? line : `\n${line}`;
    this.text += added.slice(0, Math.max(0, room));
    this.isCut ||= added.length > room;
  }
}

/** Runs one program to whatever end it comes to, and replies once. */
class Run {
  #worker;
  #output = new Output();
  #since = performance.now();
  #before = process.memoryUsage.rss();
  #peak = this.#before;
  #isOver = false;

  constructor(worker, { sources, timeoutMs }) {
    this.#worker = worker;
    setTimeout(() => this.#end({ error: timeout(timeoutMs), timedOut: true }), timeoutMs);
    setInterval(() => this.#watch(), WATCH_MS);
    worker.on("message", (message) => this.#hear(message));
    worker.on("error", (error) => this.#fail(error));
    worker.on("exit", () => this.#fail(new Error("its thread ended")));
    worker.postMessage(sources);
  }

  #hear({ line, value, error }) {
    if (line !== undefined) this.#output.add(line);
    else this.#end({ value, error });
  }

  #watch() {
    this.#peak = Math.max(this.#peak, process.memoryUsage.rss());
    if (this.#peak > residentBytes) this.#end({ error: OUT_OF_MEMORY });
  }

  #fail(error) {
    if (error.code === "ERR_WORKER_OUT_OF_MEMORY") return this.#end({ error: OUT_OF_MEMORY });
    const message = `The machine failed: ${error.message}`;
    return this.#end({ error: { name: "Error", message, stack: "" } });
  }

  #end({ value = null, error = null, timedOut = false }) {
    if (this.#isOver) return;
    this.#isOver = true;
    void this.#worker.terminate();
    say({
      output: this.#output.text,
      outputCut: this.#output.isCut,
      value,
      error,
      timedOut,
      durationMs: Math.round(performance.now() - this.#since),
      memoryBytes: Math.max(this.#peak, process.memoryUsage.rss()) - this.#before,
    });
  }
}

const worker = new Worker(new URL("machine.js", import.meta.url), {
  workerData: { memoryPages, outputCharacters },
  env: {},
  stdout: true,
  stderr: true,
  resourceLimits: { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 4 },
});
worker.once("message", () => say({ ready: true }));
const requests = createInterface({ input: process.stdin });
requests.once("line", (line) => {
  say({ begun: true });
  void new Run(worker, JSON.parse(line));
});
requests.once("close", () => process.kill(process.pid, "SIGKILL"));
