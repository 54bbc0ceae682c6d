/** Messages that are hostile. */
import type { HostileFile } from "./hostile-file.ts";

/** A mail of parts within each other. */
function nestedMail(depth: number): string {
  const open = Array.from(
    { length: depth },
    (_, index) => `--b${index}\nContent-Type: multipart/mixed; boundary=b${index + 1}\n\n`,
  );
  return `From: a@b.c\nSubject: x\nContent-Type: multipart/mixed; boundary=b0\n\n${open.join("")}--b${depth}\n\nhi\n`;
}

export const MAILS: readonly HostileFile[] = [
  {
    name: "deep.eml: ten thousand parts within each other",
    make: () => nestedMail(10_000),
    reasons: ["damaged"],
  },
  {
    name: "parts.eml: fifty thousand empty parts",
    make: () =>
      `From: a@b.c\nSubject: x\nContent-Type: multipart/mixed; boundary=x\n\n${"--x\n\n".repeat(50_000)}`,
    document: /^Subject: x/,
  },
  {
    name: "boundary.eml: a boundary that never comes",
    make: () =>
      `From: a@b.c\nSubject: x\nContent-Type: multipart/mixed; boundary="${"b".repeat(1000)}"\n\n${"--b\nhi\n".repeat(30_000)}`,
    document: /^Subject: x/,
  },
  {
    name: "header.eml: a header of megabytes",
    make: () => `From: a@b.c\nSubject: ${"x ".repeat(2_500_000)}\n\nhi`,
    reasons: ["damaged"],
  },
  {
    name: "addresses.eml: brackets that never close",
    make: () => `Subject: x\nTo: ${'<a@b.c>, ("((('.repeat(50_000)}\n\nhi`,
    document: /^Subject: x/,
  },
];
