/** Dates in workbooks: numbers of days that only the cell's format tells from other numbers. */
import { attribute } from "../xml.ts";
import type { OfficeFile } from "./ooxml.ts";

/** The built-in number formats that are dates or times (ECMA-376, part 1, 18.8.30). */
const BUILT_IN = new Set([14, 15, 16, 17, 18, 19, 20, 21, 22, 45, 46, 47]);

/** Whether a format such as `dd/mm/yyyy` shows a date: it has date letters outside of quotes and brackets. */
function isDateFormat(code: string): boolean {
  const bare = code.slice(0, 300).replaceAll(/"[^"]*"|\[[^\]]*\]|\\./g, "");
  return /[dmyhs]/i.test(bare) && !/general/i.test(bare);
}

/** The numbers of the cell formats that show dates. */
export async function dateFormats(
  file: OfficeFile,
  part: string | undefined,
): Promise<Set<number>> {
  const dates = new Set<number>();
  if (part === undefined) return dates;
  const custom = new Set<number>();
  let inCellFormats = false;
  let index = 0;
  await file.read(part, {
    open(name, attributes) {
      const id = Number(attribute(attributes, "numFmtId"));
      if (name === "numFmt" && isDateFormat(attributes["formatCode"] ?? "")) custom.add(id);
      else if (name === "cellXfs") inCellFormats = true;
      else if (name === "xf" && inCellFormats) {
        if (BUILT_IN.has(id) || custom.has(id)) dates.add(index);
        index++;
      }
    },
    close(name) {
      if (name === "cellXfs") inCellFormats = false;
    },
  });
  return dates;
}

const DAY_MS = 86_400_000;

/** A number of days as `2024-02-29`, `2024-02-29 13:30` or, without a day, `13:30:00`. */
export function formatDate(value: string, since1904: boolean): string {
  const days = Number(value);
  if (value === "" || !Number.isFinite(days) || days < 0 || days > 2_958_466) return value;
  // Workbooks count a 29 February 1900, which never was, as day 60.
  const epoch = since1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, days < 60 ? 31 : 30);
  const date = new Date(epoch + Math.round((days * DAY_MS) / 1000) * 1000);
  const [day = "", time = ""] = date.toISOString().split(/[T.]/);
  if (days < 1) return time;
  return time === "00:00:00" ? day : `${day} ${time.replace(/:00$/, "")}`;
}
