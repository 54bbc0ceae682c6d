import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keyFileOf } from "./key-file.ts";
import { openSecretBox } from "./keys.ts";

const OLD = new Uint8Array(32).fill(1);
const NEW = new Uint8Array(32).fill(2);
const TEXT = 'Größe 🎈 and "quotes"';

describe("a box with a key", () => {
  const box = openSecretBox([OLD], null);

  it.each(["", "a", TEXT, "x".repeat(100_000)])(
    "gives back what it was given (%#)",
    async (text) => {
      const sealed = await box.seal(text, "server:a");
      expect(await box.open(sealed, "server:a")).toBe(text);
    },
  );

  it("shows nothing of the text or of the key, and never the same twice", async () => {
    const sealed = [await box.seal(TEXT, "server:a"), await box.seal(TEXT, "server:a")];
    expect(sealed[0]).not.toBe(sealed[1]);
    for (const each of sealed) {
      expect(each).toMatch(/^1\.[\w-]{8}\.[\w-]{16}\.[\w-]+$/);
      expect(each).not.toContain(Buffer.from(OLD).toString("base64url"));
      expect(Buffer.from(each.split(".")[3] ?? "", "base64url").toString()).not.toContain("Größe");
    }
  });

  it("opens a text only for the place that it belongs to", async () => {
    const sealed = await box.seal(TEXT, "server:a");
    await expect(box.open(sealed, "server:b")).rejects.toMatchObject({
      code: "WORKFLOW_CONFIG_ERROR",
      message: expect.stringContaining("belongs to something else") as string,
    });
  });

  it("refuses what was changed, wherever", async () => {
    const sealed = await box.seal(TEXT, "p");
    const parts = sealed.split(".");
    for (const index of [2, 3]) {
      const bytes = Buffer.from(parts[index] ?? "", "base64url");
      for (const at of [0, bytes.length - 1]) {
        const changed = Buffer.from(bytes);
        changed.writeUInt8((bytes[at] ?? 0) ^ 1, at);
        const text = parts.with(index, changed.toString("base64url")).join(".");
        await expect(box.open(text, "p"), text).rejects.toThrow("was changed");
      }
    }
    for (const cut of [
      "",
      sealed.slice(0, -24),
      parts.slice(0, 3).join("."),
      `2${sealed.slice(1)}`,
    ]) {
      await expect(box.open(cut, "p"), cut).rejects.toThrow("cannot be read");
    }
  });
});

describe("keys in rotation", () => {
  it("the first seals, all of them open", async () => {
    const before = await openSecretBox([OLD], null).seal(TEXT, "p");
    const rotated = openSecretBox([NEW, OLD], null);
    expect(await rotated.open(before, "p")).toBe(TEXT);
    const after = await rotated.seal(TEXT, "p");
    expect(await openSecretBox([NEW], null).open(after, "p")).toBe(TEXT);
    await expect(openSecretBox([OLD], null).open(after, "p")).rejects.toThrow(
      /key [\w-]{8} that it was sealed with is not there: add it to CHATTER_SECRET_KEY/,
    );
  });

  it("without any, nothing is sealed, and the error says what to set", async () => {
    await expect(openSecretBox([], null).seal(TEXT, "p")).rejects.toMatchObject({
      code: "WORKFLOW_CONFIG_ERROR",
      message: expect.stringContaining("Set CHATTER_SECRET_KEY to 32 random bytes") as string,
      details: { missing_parameter: "CHATTER_SECRET_KEY" },
    });
  });
});

describe("the key in a data directory", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "chatter-secrets-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it("is made when it is first needed, for the server's own user only", async () => {
    const box = openSecretBox([], join(directory, "data"));
    const file = join(directory, "data", "secret.key");
    await expect(stat(file)).rejects.toThrow("ENOENT");
    const sealed = await box.seal(TEXT, "p");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(Buffer.from(await readFile(file, "utf8"), "base64")).toHaveLength(32);
    expect(await openSecretBox([], join(directory, "data")).open(sealed, "p")).toBe(TEXT);
  });

  it("is one, however many make it at the same time", async () => {
    const keys = await Promise.all(Array.from({ length: 20 }, () => keyFileOf(directory)));
    expect(new Set(keys.map((key) => Buffer.from(key).toString("hex"))).size).toBe(1);
  });

  it("still opens what was sealed before there was one in the configuration", async () => {
    const sealed = await openSecretBox([], directory).seal(TEXT, "p");
    const configured = openSecretBox([NEW], directory);
    expect(await configured.open(sealed, "p")).toBe(TEXT);
    const after = await configured.seal(TEXT, "p");
    expect(await openSecretBox([NEW], null).open(after, "p")).toBe(TEXT);
  });

  it("is not made where the configuration has one", async () => {
    await openSecretBox([NEW], directory).seal(TEXT, "p");
    await expect(stat(join(directory, "secret.key"))).rejects.toThrow("ENOENT");
  });

  it("that is damaged is not replaced: what it has sealed would be lost", async () => {
    await writeFile(join(directory, "secret.key"), "half a key");
    const box = openSecretBox([], directory);
    await expect(box.seal(TEXT, "p")).rejects.toThrow("holds no key of 32 bytes");
    const key = Buffer.from(OLD).toString("base64");
    await writeFile(join(directory, "secret.key"), key);
    expect(await openSecretBox([OLD], null).open(await box.seal(TEXT, "p"), "p")).toBe(TEXT);
  });
});
