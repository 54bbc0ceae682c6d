import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import { bubblewrapArguments, findBubblewrap } from "./bubblewrap.ts";
import { commandOf } from "./command.ts";
import { SANDBOX_LIMITS } from "./limits.ts";

test("a command gets no network, no process, no file but those it reads, and ends with the server", () => {
  const args = bubblewrapArguments(["/bin/node", "child.js"], ["/app", "/bin/node"]);
  const options = args.slice(0, args.indexOf("--"));
  expect(args.slice(args.indexOf("--"))).toEqual(["--", "/bin/node", "child.js"]);
  for (const each of ["--unshare-all", "--die-with-parent", "--new-session", "--clearenv"]) {
    expect(options).toContain(each);
  }
  expect(options).not.toContain("--share-net");
  const shown = options.flatMap((each, at) => (/^--(?:dev-|ro-)?bind/.test(each) ? [at] : []));
  expect(shown.every((at) => options[at] === "--ro-bind-try")).toBe(true);
  expect(shown.every((at) => options[at + 1] === options[at + 2])).toBe(true);
  expect(shown.map((at) => options[at + 1])).toEqual([
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/etc/ld.so.cache",
    "/nix/store",
    "/app",
    "/bin/node",
  ]);
});

test("what the process reads is what it may read within, too", () => {
  const { args } = commandOf("/usr/bin/bwrap", SANDBOX_LIMITS);
  const rest = args.slice(args.indexOf("--") + 1);
  expect(rest).toEqual([process.execPath, ...commandOf(null, SANDBOX_LIMITS).args]);
  const allowed = rest.flatMap((each) => /^--allow-fs-read=(.*?)(?:\/\*)?$/.exec(each)?.[1] ?? []);
  expect(allowed.length).toBeGreaterThan(2);
  for (const each of [...allowed, process.execPath]) expect(args).toContain(each);
});

test("it is found in the first folder of the path that has it", () => {
  const directory = mkdtempSync(join(tmpdir(), "chatter-path-"));
  try {
    const file = join(directory, "bwrap");
    expect(findBubblewrap(["", "/nowhere", directory].join(delimiter))).toBe(null);
    writeFileSync(file, "");
    expect(findBubblewrap(directory)).toBe(null);
    chmodSync(file, 0o755);
    expect(findBubblewrap(["", "/nowhere", directory].join(delimiter))).toBe(file);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
