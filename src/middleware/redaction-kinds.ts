/** What can be redacted. */
export const REDACTION_KINDS = ["email", "phone", "card"] as const;
export type RedactionKind = (typeof REDACTION_KINDS)[number];
