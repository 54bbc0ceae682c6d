/** The tool that tells the time. */
import { z } from "zod";
import { nearest } from "../../workflow/plan/suggest.ts";
import type { Tool } from "../../workflow/ports/tools.ts";
import { defineTool } from "../../workflow/tools.ts";

/** The zone that is probably meant: that of a city, or one with nearly this name; null where there is none. */
function meantBy(name: string): string | null {
  const zones = Intl.supportedValuesOf("timeZone");
  const wanted = name.trim().toLowerCase().replaceAll(" ", "_");
  const ofCity = zones.find((zone) => zone.toLowerCase().endsWith(`/${wanted}`));
  return ofCity ?? nearest(wanted, ["UTC", ...zones]);
}

function formatFor(timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat("en-GB", {
      timeZone,
      dateStyle: "full",
      timeStyle: "medium",
    });
  } catch {
    const meant = meantBy(timeZone);
    const instead = meant === null ? "such as Europe/Paris" : `did you mean "${meant}"?`;
    throw new Error(`"${timeZone}" is no time zone of the IANA list; ${instead}`);
  }
}

/** How far a zone is from UTC at a time, such as `+05:30`. */
function offsetOf(time: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" });
  const name = parts.formatToParts(time).find(({ type }) => type === "timeZoneName")?.value ?? "";
  return name.replace("GMT", "") || "+00:00";
}

/** A time as it is in a zone. Throws an error that says which zone may have been meant. */
export function timeIn(timeZone: string, time: Date) {
  const format = formatFor(timeZone);
  const offset = offsetOf(time, timeZone);
  const [sign, hours = "0", minutes = "0"] = [offset[0], ...offset.slice(1).split(":")];
  const ahead = (Number(hours) * 60 + Number(minutes)) * (sign === "-" ? -1 : 1) * 60_000;
  const local = new Date(time.getTime() + ahead).toISOString().slice(0, 19);
  return {
    timezone: format.resolvedOptions().timeZone,
    iso: `${local}${offset}`,
    readable: format.format(time),
  };
}

/** Makes the tool. `now`: a clock. */
export function currentTimeTool(now: () => Date = () => new Date()): Tool {
  return defineTool({
    name: "get_current_time",
    description: "Tells the present date, weekday and time, in UTC or in a time zone.",
    parameters: z.strictObject({
      timezone: z
        .string()
        .min(1)
        .max(100)
        .optional()
        .describe("a zone of the IANA list, such as Europe/Paris; default UTC"),
    }),
    effect: "read",
    trusted: true,
    execute: ({ timezone = "UTC" }) => timeIn(timezone, now()),
  });
}
