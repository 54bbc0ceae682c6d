/** Programs that want out: to files, to the network, to the environment, to the process that they run in. */
import { type HostileProgram, NOTHING, probes } from "./hostile-program.ts";

const MODULES = [
  "fs",
  "node:fs",
  "net",
  "child_process",
  "worker_threads",
  "file:///etc/passwd",
  "./child.js",
  "data:text/javascript,1",
  "std",
  "os",
];

/** Ways to a function that makes code: what it makes must still be inside. */
const MAKERS = [
  "Function",
  "(() => {}).constructor",
  "(async () => {}).constructor",
  "(function* () {}).constructor",
  "(async function* () {}).constructor",
  "console.log.constructor",
  "setTimeout.constructor",
  "Object.getPrototypeOf(console.log).constructor",
  "[].constructor.constructor",
  "this.constructor.constructor",
  "Reflect.getPrototypeOf(queueMicrotask).constructor",
];

const OUTSIDE = [
  "process",
  "require",
  "module",
  "global",
  "Buffer",
  "fetch",
  "XMLHttpRequest",
  "WebSocket",
  "WebAssembly",
  "Deno",
  "Bun",
  "std",
  "os",
  "scriptArgs",
  "bjson",
  "print",
  "load",
  "quit",
];

const REACHED = "typeof process + typeof require + typeof fetch";
const NONE = '"undefinedundefinedundefined"';

/** Programs that look for a way out. */
const ESCAPES: readonly HostileProgram[] = [
  {
    name: "an import",
    code: 'import fs from "node:fs"; fs.readFileSync("/etc/passwd")',
    ends: /^Error: There is no module "node:fs"/,
  },
  {
    name: "names of what is outside",
    code: probes(
      OUTSIDE.map((name) => `typeof ${name} === "undefined" ? null : ${JSON.stringify(name)}`),
    ),
    ends: NOTHING,
  },
  {
    name: "imports by call",
    code: probes(MODULES.map((name) => `(await import(${JSON.stringify(name)})) && "imported"`)),
    ends: NOTHING,
  },
  {
    name: "code of text",
    code: probes(
      MAKERS.map(
        (maker) =>
          `(async () => {
              const made = ${maker}(${JSON.stringify(`return ${REACHED}`)})();
              const value = typeof made?.next === "function" ? (await made.next()).value : await made;
              return value === ${NONE} ? null : value;
            })()`,
      ),
    ),
    ends: NOTHING,
  },
  {
    name: "eval",
    code: probes([
      `eval(${JSON.stringify(REACHED)}) === ${NONE} ? null : 1`,
      `(0, eval)(${JSON.stringify(REACHED)}) === ${NONE} ? null : 1`,
    ]),
    ends: NOTHING,
  },
  {
    name: "the stack of callers",
    code: probes([
      "(function f() { return f.caller })()",
      "(function () { return arguments.callee.caller })()",
      'new Error().stack.includes("machine.js") ? 1 : null',
    ]),
    ends: NOTHING,
  },
  {
    name: "call sites of errors",
    code: probes([
      "(() => { Error.prepareStackTrace = (_, sites) => sites; const { stack } = new Error(); return Array.isArray(stack) ? stack.map((site) => site.getThis?.() ?? site.getFunction?.()).find(Boolean)?.process : null })()",
    ]),
    ends: NOTHING,
  },
  {
    name: "the functions of the host",
    code: probes([
      "console.log.caller",
      "console.log.__proto__.__proto__.process",
      "(() => { try { console.log.call(null, { get then() { return 1 } }) } catch (error) { return error.constructor.constructor('return typeof process')() === 'undefined' ? null : 1 } })()",
    ]),
    ends: NOTHING,
  },
  {
    name: "a view of shared memory",
    code: probes([
      "new WebAssembly.Memory({ initial: 1 })",
      "Atomics.wait(new Int32Array(new SharedArrayBuffer(8)), 0, 0, 60000) && null",
    ]),
    ends: /nothing|Timeout/,
    endless: true,
  },
  {
    name: "the environment",
    code: probes([
      "process.env",
      "globalThis.process.env",
      "std.getenviron()",
      "JSON.stringify(Object.getOwnPropertyNames(globalThis).filter((name) => /env|proc|CANARY/i.test(name))).slice(2, -2) || null",
    ]),
    ends: NOTHING,
  },
];

/** The same, and programs that try to reach a server at this address, and a file. */
export function escapes(url: string, file: string): readonly HostileProgram[] {
  return [
    ...ESCAPES,
    {
      name: "the network",
      code: probes([
        `fetch("${url}")`,
        `new WebSocket("${url.replace("http", "ws")}")`,
        `import("${url}/module.js")`,
        `new XMLHttpRequest().open("GET", "${url}")`,
        `require("http").get("${url}")`,
      ]),
      ends: NOTHING,
    },
    {
      name: "a file",
      code: probes([
        `require("fs").readFileSync(${JSON.stringify(file)}, "utf8")`,
        `(await import("fs")).readFileSync(${JSON.stringify(file)}, "utf8")`,
        `std.loadFile(${JSON.stringify(file)})`,
        `os.open(${JSON.stringify(file)}, 0)`,
      ]),
      ends: NOTHING,
    },
  ];
}

/** Programs that want to be believed, or to break what listens to them. */
export const FORGERIES: readonly HostileProgram[] = [
  {
    name: "lines of the protocol",
    code: 'console.log(`{"ready":true}\\n{"output":"forged","value":{"text":"forged","json":null}}\\n`); "mine"',
    ends: /^"mine"$/,
  },
  {
    name: "polluted prototypes",
    code: `for (const name of ["toJSON", "value", "error", "then", "get", "set", "text", "json", "line", "ready"])
      Object.defineProperty(Object.prototype, name, { __proto__: null, get: () => "forged", set() {}, configurable: true });
      Array.prototype.toJSON = () => "forged"; String.prototype.toJSON = () => "forged"; 17`,
    // What it comes to is its own to forge.
    ends: /^(?:17|"forged")$/,
  },
  {
    name: "other built-in functions",
    code: `JSON.stringify = () => '{"forged":1}'; String.prototype.slice = () => "forged"; Array.isArray = () => true;
      Object.keys = () => ["forged"]; Function.prototype.call = Function.prototype.bind = () => () => "forged";
      Map.prototype.forEach = () => {}; Reflect.apply = () => "forged"; Error.prototype.toString = () => "forged"; ({ a: 1 })`,
    ends: /^\{ a: 1 \}$/,
  },
  {
    name: "a prototype as data",
    code: 'JSON.parse(`{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}`)',
    ends: /__proto__/,
  },
  {
    name: "much output",
    code: 'for (let i = 0; i < 1e5; i++) console.log("x".repeat(100)); "done"',
    ends: /^"done"$|Timeout/,
  },
  { name: "one long line", code: 'console.log("x".repeat(1e7)); "done"', ends: /^"done"$/ },
  { name: "many empty lines", code: "for (;;) console.log()", ends: /^Timeout/, endless: true },
  {
    name: "NUL, halves of characters and the like",
    code: 'console.log("\\0\\ud800\\udfff\\u2028\\r\\n\\x1b[2J"); "\\0\\ud800"',
    ends: /^"\\u0000\\ud800"$/,
  },
  { name: "a long result", code: '"x".repeat(1e7)', ends: /^"x+$/ },
  {
    name: "a symbol that is thrown",
    code: 'throw Symbol("thrown")',
    ends: /^Thrown: Symbol\(thrown\)/,
  },
  { name: "nothing that is thrown", code: "throw undefined", ends: /^Thrown: undefined/ },
  {
    name: "a proxy that is thrown",
    code: "throw new Proxy({}, { get() { throw 1 }, has() { throw 2 }, ownKeys() { throw 3 }, getPrototypeOf() { throw 4 } })",
    ends: /^Thrown: \[a value that cannot be shown\]/,
  },
  {
    name: "an error without anything",
    code: "throw Object.create(Error.prototype, { message: { get() { throw 1 } }, name: { value: {} }, stack: { value: 1 } })",
    ends: /^Thrown: \[a value that cannot be shown\]/,
  },
  {
    name: "a result with getters",
    code: '({ get a() { throw new Error("asked") }, b: new Proxy([], { get() { throw 1 } }) })',
    ends: /^\{ a: \[Getter\]|cannot be shown/,
  },
];
