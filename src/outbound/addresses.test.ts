import { describe, expect, it } from "vitest";
import { checkUrl, guardedLookup, isPublic } from "./addresses.ts";

describe("isPublic", () => {
  it.each(["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])("%s is", (address) => {
    expect(isPublic(address)).toBe(true);
  });

  it.each([
    "127.0.0.1",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:a00:1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "fc00::1",
    "fe80::1",
    "no address",
  ])("%s is not", (address) => {
    expect(isPublic(address)).toBe(false);
  });
});

describe("checkUrl", () => {
  it.each([
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[0:0:0:0:0:ffff:7f00:1]/",
    "http://localhost/",
    "http://LOCALHOST./",
    "http://a.localhost/",
    "http://metadata.google.internal/",
    "http://169.254.169.254/latest",
    "http://①②⑦.0.0.1/",
  ])("refuses %s, which is not public", (url) => {
    expect(() => checkUrl(url, "public")).toThrow("not public");
    expect(checkUrl(url, "any").protocol).toBe("http:");
  });

  it.each(["ftp://example.com/", "file:///etc/passwd", "javascript:alert(1)", "example.com", ""])(
    "refuses %j, which is not HTTP",
    (url) => {
      expect(() => checkUrl(url, "any")).toThrow("http:// or https://");
    },
  );

  it("refuses credentials, and takes the rest", () => {
    expect(() => checkUrl("http://ann:secret@example.com/", "public")).toThrow("password");
    expect(checkUrl("https://example.com/a?b=c", "public").href).toBe("https://example.com/a?b=c");
  });
});

describe("guardedLookup", () => {
  /** What the look-up of a name gives. */
  function find(hostname: string, reach: "public" | "any"): Promise<string | Error> {
    return new Promise((resolve) => {
      guardedLookup(reach)(hostname, {}, (error, address) => {
        resolve(error ?? (typeof address === "string" ? address : "several"));
      });
    });
  }

  it("refuses a name that leads to this machine", async () => {
    expect(await find("localhost", "public")).toEqual(
      new Error("localhost leads to an address that is not public"),
    );
  });

  it("lets it pass where any address may be reached", async () => {
    expect(await find("localhost", "any")).toMatch(/^(127\.0\.0\.1|::1)$/);
  });
});
