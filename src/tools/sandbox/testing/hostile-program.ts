/** A program that means harm, and what may become of it. */
export interface HostileProgram {
  readonly name: string;
  readonly code: string;
  readonly language?: "typescript";
  /** What it comes to: its result as text, or the name of its error and the message. */
  readonly ends: RegExp;
  /** It has no end of its own, or none within reason: it gets little time. */
  readonly endless?: true;
}

/** Its memory, or its time, is over; or it was told that it asks for too much. */
export const OVER =
  /Timeout|OutOfMemory|InternalError: (?:out of memory|string too long)|RangeError/;

/** Where a program looks for a way out, each in a function of its own; it says what it has found. */
export function probes(ways: readonly string[]): string {
  const functions = ways.map((way) => `async () => ${way}`).join(",\n");
  return `
    const found = [];
    for (const probe of [${functions}]) {
      try {
        const value = await probe();
        if (value !== undefined && value !== null && value !== "undefined") found.push(String(value));
      } catch {}
    }
    found.length === 0 ? "nothing" : found.join("; ")
  `;
}

export const NOTHING = /^"nothing"$/;
