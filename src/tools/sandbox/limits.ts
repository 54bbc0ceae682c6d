/** What a program may take. */

export interface SandboxLimits {
  /** Of output, in characters; more is cut, and that is said. */
  readonly outputCharacters: number;
  /** Of the machine that runs the program, in pages of 64 KiB: its memory cannot grow beyond them. */
  readonly memoryPages: number;
  /** Of the whole process, in bytes; looked at every 10 ms. */
  readonly residentBytes: number;
}

/**
 * A process that has nothing to do yet takes some 70 MB, and one that has stripped types up to 30 MB more: with 40 MB of the
 * machine it stays below 150 MB.
 */
export const SANDBOX_LIMITS: SandboxLimits = {
  outputCharacters: 20_000,
  memoryPages: 640,
  residentBytes: 145_000_000,
};
