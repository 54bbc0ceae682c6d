/** The port of templates, by owner and name. */
import type { Template } from "../../../contract/templates.ts";

export type NewTemplate = Omit<Template, "version" | "built_in">;

/** A user's own templates; the built-in ones are not stored. */
export interface TemplateStore {
  get(ownerId: string, name: string): Promise<Template | null>;
  /** In the order of their names; `cursor` is the name after which the page begins. */
  list(ownerId: string, after: string | null, limit: number): Promise<Template[]>;
  names(ownerId: string): Promise<string[]>;
  /** Makes a template as version 1; null when there is one of this name. */
  create(ownerId: string, template: NewTemplate): Promise<Template | null>;
  /** Changes all of a template, and counts its version; null when there is none. */
  replace(ownerId: string, template: NewTemplate): Promise<Template | null>;
  delete(ownerId: string, name: string): Promise<boolean>;
}
