/** Templates as files. */
import type { Template, TemplateImport } from "../../../src/client/index.ts";
import { explain, type Explanation } from "../api/errors.ts";

/** The file that holds these templates; importing it brings them back. */
export function toFile(templates: readonly Template[]): string {
  return `${JSON.stringify({ templates }, null, 2)}\n`;
}

/**
 * The templates in a file: as it is written here, as a bare list, or a single one. Null when it holds nothing of the
 * kind; whether the templates are right is the server's to say.
 */
export function fromFile(text: string): TemplateImport["templates"] | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null) return null;
    const templates = "templates" in value ? value.templates : value;
    const list: unknown[] = Array.isArray(templates) ? templates : [templates];
    if (list.length === 0 || !list.every((one) => typeof one === "object" && one !== null)) {
      return null;
    }
    return list as TemplateImport["templates"];
  } catch {
    return null;
  }
}

/** Why an import was refused; a template is named by its name instead of its place in the file. */
export function explainImport(error: unknown, templates: TemplateImport["templates"]): Explanation {
  const explanation = explain(error);
  const fields = explanation.fields.map((field) =>
    field.replace(/^templates\.(\d+)\.?/, (_, index) => {
      const { name } = templates[Number(index)] ?? {};
      return `“${typeof name === "string" ? name : `template ${Number(index) + 1}`}” `;
    }),
  );
  return { ...explanation, fields };
}
