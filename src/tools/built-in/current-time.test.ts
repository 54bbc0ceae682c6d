import { describe, expect, it } from "vitest";
import { currentTimeTool } from "./current-time.ts";

const summer = new Date("2026-07-01T22:30:05.678Z");

/** What the tool tells where its clock says this. */
async function told(args: object, now = summer): Promise<Record<string, unknown>> {
  const context = {
    userId: "u",
    conversationId: null,
    runId: null,
    toolCallId: "c",
    allowedTools: null,
    ask: null,
  };
  const { signal } = new AbortController();
  const output = await currentTimeTool(() => now).execute({ ...args }, context, signal);
  return typeof output === "string" ? {} : { ...output.structured };
}

describe("the time", () => {
  it.each([
    ["UTC", "2026-07-01T22:30:05+00:00", "Wednesday, 1 July 2026 at 22:30:05"],
    ["Europe/Paris", "2026-07-02T00:30:05+02:00", "Thursday, 2 July 2026 at 00:30:05"],
    ["Asia/Kolkata", "2026-07-02T04:00:05+05:30", "Thursday, 2 July 2026 at 04:00:05"],
    ["America/St_Johns", "2026-07-01T20:00:05-02:30", "Wednesday, 1 July 2026 at 20:00:05"],
    ["Pacific/Kiritimati", "2026-07-02T12:30:05+14:00", "Thursday, 2 July 2026 at 12:30:05"],
  ])("in %s is %s", async (timezone, iso, readable) => {
    expect(await told({ timezone })).toEqual({ timezone, iso, readable });
    expect(Date.parse(iso)).toBe(Date.parse("2026-07-01T22:30:05Z"));
  });

  it("follows the summer time of its zone", async () => {
    const winter = new Date("2026-01-01T12:00:00Z");
    const { iso } = await told({ timezone: "Europe/Paris" }, winter);
    expect(iso).toBe("2026-01-01T13:00:00+01:00");
  });

  it.each([
    ["Paris", 'did you mean "Europe/Paris"?'],
    ["new york", 'did you mean "America/New_York"?'],
    ["Europe/Pariss", 'did you mean "Europe/Paris"?'],
    ["utx", 'did you mean "UTC"?'],
    ["somewhere over the rainbow", "such as Europe/Paris"],
  ])("in %j is not known: %s", async (timezone, hint) => {
    const message = `"${timezone}" is no time zone of the IANA list; ${hint}`;
    await expect(told({ timezone })).rejects.toThrow(message);
  });

  it("is that of UTC where no zone is named", async () => {
    expect(await told({})).toMatchObject({ timezone: "UTC", iso: "2026-07-01T22:30:05+00:00" });
  });
});
