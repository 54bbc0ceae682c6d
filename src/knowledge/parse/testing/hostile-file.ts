/** A file that is made to take all time or all memory, to reach what it should not, or to confuse. */
export interface HostileFile {
  readonly name: string;
  readonly make: () => Buffer | string;
  /** True where it takes ten seconds or more: only the fault tests read it. */
  readonly isLong?: boolean;
  /** What may come of it: a document whose text is like this, or an error for one of these reasons. */
  readonly document?: RegExp;
  readonly reasons?: readonly string[];
}

/** What is refused for its size: by a bound, or, where no bound sees it coming, by the memory or the time it takes. */
export const TOO_MUCH = ["limit", "memory", "timeout"];

/** A document type with an entity that is a file of the machine. */
export const SECRET_ENTITY = `<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/passwd">]>`;
