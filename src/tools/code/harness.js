/**
 * What generated tests are written with. It runs in the sandbox before them, as a script: what they
 * need become globals. `runTests` gives what became of each.
 */
(() => {
  const MAX_TESTS = 50;
  const MAX_NAME = 100;
  const MAX_MESSAGE = 250;
  const tests = [];
  const groups = [];

  const cut = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

  function show(value) {
    if (typeof value === "function" || typeof value === "bigint") return String(value);
    if (value instanceof Error) return String(value);
    try {
      return JSON.stringify(value) ?? String(value);
    } catch {
      return String(value);
    }
  }

  function isEqual(one, other) {
    if (Object.is(one, other)) return true;
    if (typeof one !== "object" || typeof other !== "object" || !one || !other) return false;
    if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false;
    if (one instanceof Date) return one.getTime() === other.getTime();
    if (one instanceof Error) return one.message === other.message;
    if (one instanceof Map || one instanceof Set) return isEqual([...one], [...other]);
    const names = Object.keys(one);
    return (
      names.length === Object.keys(other).length &&
      names.every((name) => Object.hasOwn(other, name) && isEqual(one[name], other[name]))
    );
  }

  /** Of a function what it throws; an error that was thrown already is that. */
  function thrownBy(action) {
    if (typeof action !== "function") return { error: action };
    try {
      action();
      return null;
    } catch (error) {
      return { error };
    }
  }

  function throws(action, expected) {
    const thrown = thrownBy(action);
    if (!thrown || expected === undefined) return thrown !== null;
    const message = thrown.error?.message ?? String(thrown.error);
    if (typeof expected === "function") return thrown.error instanceof expected;
    if (expected instanceof RegExp) return expected.test(message);
    return message.includes(expected?.message ?? expected);
  }

  const matchers = {
    toBe: Object.is,
    toEqual: isEqual,
    toStrictEqual: isEqual,
    toThrow: throws,
    toBeTruthy: Boolean,
    toBeFalsy: (actual) => !actual,
    toBeNull: (actual) => actual === null,
    toBeUndefined: (actual) => actual === undefined,
    toBeDefined: (actual) => actual !== undefined,
    toBeNaN: Number.isNaN,
    toBeGreaterThan: (actual, than) => actual > than,
    toBeGreaterThanOrEqual: (actual, than) => actual >= than,
    toBeLessThan: (actual, than) => actual < than,
    toBeLessThanOrEqual: (actual, than) => actual <= than,
    toBeCloseTo: (actual, to, digits = 2) => Math.abs(actual - to) < 10 ** -digits / 2,
    toBeInstanceOf: (actual, kind) => actual instanceof kind,
    toContain: (actual, item) => [...actual].includes(item) || String(actual).includes(item),
    toHaveLength: (actual, length) => actual.length === length,
    toHaveProperty: (actual, name) => name in Object(actual),
    toMatch: (actual, pattern) => new RegExp(pattern).test(actual),
  };

  function checksOf(actual, isNegated) {
    const checks = {};
    for (const [name, holds] of Object.entries(matchers)) {
      checks[name] = (...expected) => {
        if (Boolean(holds(actual, ...expected)) !== isNegated) return;
        const wish = [isNegated ? "not" : "", name, ...expected.map(show)].filter(Boolean);
        throw new Error(`expected ${show(actual)} ${wish.join(" ")}`);
      };
    }
    return checks;
  }

  /** The same checks of what a promise comes to. */
  function laterChecksOf(promise, isNegated) {
    const entries = Object.keys(matchers).map((name) => [
      name,
      async (...expected) => checksOf(await promise(), isNegated)[name](...expected),
    ]);
    return Object.fromEntries(entries);
  }

  const withNot = (checks, actual) => ({ ...checks(actual, false), not: checks(actual, true) });

  globalThis.expect = (actual) => ({
    ...withNot(checksOf, actual),
    resolves: withNot(laterChecksOf, async () => actual),
    rejects: withNot(laterChecksOf, async () => {
      const settled = await Promise.allSettled([actual]);
      if (settled[0].status === "rejected") return settled[0].reason;
      throw new Error("expected a promise to be rejected");
    }),
  });
  globalThis.assert = (condition, message = "an assertion does not hold") => {
    if (!condition) throw new Error(message);
  };
  globalThis.test = (name, action) =>
    void tests.push({ name: [...groups, name].join(" > "), action });
  globalThis.it = globalThis.test;
  globalThis.describe = (name, define) => {
    groups.push(name);
    define();
    groups.pop();
  };

  async function runTest({ name, action }) {
    const shown = cut(String(name), MAX_NAME);
    try {
      await action();
      return { name: shown, passed: true, error: null };
    } catch (error) {
      return {
        name: shown,
        passed: false,
        error: cut(String(error?.message ?? error), MAX_MESSAGE),
      };
    }
  }

  globalThis.runTests = async () => {
    const results = [];
    for (const each of tests.slice(0, MAX_TESTS)) results.push(await runTest(each));
    return results;
  };
})();
