/** Hands a text to the browser as a file. A plain link could not carry the API key. */

const TYPES: Readonly<Record<string, string>> = { json: "application/json", md: "text/markdown" };

export function saveFile(name: string, content: string): void {
  // Characters that some file system does not take.
  const safe = name.replaceAll(/[\\/:*?"<>|\n\r\t]+/g, " ").trim();
  const type = TYPES[safe.split(".").at(-1) ?? ""] ?? "text/plain";
  const address = URL.createObjectURL(new Blob([content], { type: `${type};charset=utf-8` }));
  const link = document.createElement("a");
  link.href = address;
  link.download = safe;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
