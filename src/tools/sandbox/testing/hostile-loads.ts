/** Programs that want all time or all memory there is. */
import { type HostileProgram, OVER } from "./hostile-program.ts";

const TIMEOUT = /^Timeout: The program did not end within/;

/** Fills a list with what an expression makes, to the end of memory, and goes on after it. */
function bomb(expression: string): string {
  return `const kept = []; for (;;) { try { kept.push(${expression}); } catch { kept.length >>= 1; } }`;
}

export const ENDLESS: readonly HostileProgram[] = [
  { name: "an endless loop", code: "for (;;) {}" },
  {
    name: "an endless loop that catches everything",
    code: "for (;;) try { for (;;) {} } catch {}",
  },
  { name: "a regular expression", code: '/^(a+)+$/.test("a".repeat(40) + "!")' },
  {
    name: "a promise that follows itself",
    code: "const f = () => Promise.resolve().then(f); await f()",
  },
  {
    name: "microtasks",
    code: "const f = () => queueMicrotask(f); f(); await new Promise(() => {})",
  },
  { name: "a generator", code: "function* f() { for (;;) yield 1 } for (const _ of f()); 1" },
  {
    name: "an iterator that is awaited",
    code: "async function* f() { for (;;) yield 1 } for await (const _ of f()); 1",
  },
  { name: "a timer that comes again", code: "setInterval(() => {}, 0); 1" },
  {
    name: "timers that make timers",
    code: "const f = () => { setTimeout(f); setTimeout(f) }; f(); 1",
  },
  {
    name: "one number that takes for ever",
    code: "let n = 3n ** 200000n; for (;;) n = n * n % (n - 7n)",
  },
  {
    name: "sorting",
    code: "const a = Array(1e6).fill(0); for (;;) try { a.sort(() => Math.random() - 0.5) } catch {}",
  },
  {
    name: "dates",
    code: "for (let i = 0; ; i++) new Date(i * 1e9).toString() + Date.parse(`${i}`)",
  },
  {
    name: "a name of an error that is never read",
    code: 'throw Object.defineProperty(new Error("x"), "name", { get() { for (;;); } })',
  },
  {
    name: "a result whose keys are never listed",
    code: "new Proxy({}, { ownKeys() { for (;;); } })",
  },
  { name: "a promise of itself", code: "await { then(resolve) { resolve(this) } }" },
  { name: "labels", code: "outer: for (;;) { for (;;) continue outer; }" },
].map((program) => ({ ...program, endless: true, ends: TIMEOUT }));

export const MEMORY_BOMBS: readonly HostileProgram[] = [
  { name: "lists", code: bomb("Array(10000).fill(kept.length)") },
  { name: "objects", code: bomb("{ a: { b: [{}, {}] } }") },
  { name: "texts", code: bomb('"x".repeat(100000) + kept.length') },
  { name: "one text that doubles", code: 'let s = "x"; for (;;) s += s' },
  { name: "bytes", code: bomb("new Uint8Array(1e6).fill(1)") },
  {
    name: "bytes that grow",
    code: bomb("new ArrayBuffer(1e5, { maxByteLength: 4e7 }).resize(3e7)"),
  },
  { name: "a buffer of 16 GB", code: "new ArrayBuffer(2 ** 34)" },
  { name: "a text of 1 GB", code: '"x".repeat(2 ** 30)' },
  { name: "a list of 4 thousand million", code: "Array(2 ** 32 - 1).fill(0)" },
  { name: "maps and sets", code: bomb("new Map([[kept.length, new Set([{}, {}])]])") },
  { name: "functions", code: bomb("() => kept") },
  { name: "numbers without a bound", code: "let n = 2n; for (;;) n = n ** 4n" },
  { name: "symbols", code: bomb("Symbol(`${kept.length}`.padEnd(1000))") },
  { name: "promises that wait", code: bomb("new Promise(() => {}).then(() => {})") },
  { name: "timers", code: "for (;;) setTimeout(() => {}, 1e9)" },
  {
    name: "code",
    code: "for (let i = 0; ; i++) globalThis[`f${i}`] = eval(`(function f${i}() { return ${i} })`)",
  },
].map((program) => ({ ...program, name: `memory: ${program.name}`, endless: true, ends: OVER }));

const DEEP =
  /^(?:RangeError: The program calls itself too often|InternalError: stack overflow|SyntaxError|OutOfMemory|Timeout)/;

export const DEPTHS: readonly HostileProgram[] = [
  { name: "endless recursion", code: "(function f() { f() })()", ends: DEEP },
  {
    name: "recursion through a getter",
    code: "const o = { get a() { return this.a } }; o.a",
    ends: DEEP,
  },
  {
    name: "recursion through texts",
    code: "const o = { toString() { return `${o}` } }; `${o}`",
    ends: DEEP,
  },
  { name: "deep JSON", code: 'JSON.parse("[".repeat(1e6))', ends: DEEP },
  { name: "deep code", code: `eval("(".repeat(200000))`, ends: DEEP },
  {
    name: "a deep pattern",
    code: 'new RegExp("(".repeat(100000) + ")".repeat(100000))',
    ends: DEEP,
  },
  { name: "deep TypeScript", language: "typescript", code: "[".repeat(99_000), ends: DEEP },
  { name: "deep types", language: "typescript", code: `let x: ${"A<".repeat(30_000)}`, ends: DEEP },
  {
    name: "a deep result",
    code: "let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; o",
    ends: /^\{ o: \{ o: .*…/,
  },
];
