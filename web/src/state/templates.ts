/** The templates: those that come with Chatter, and one's own. */
import type {
  Client,
  Template,
  TemplateImport,
  TemplateRequest,
} from "../../../src/client/index.ts";
import { createChange, createResource, readAll, type Resource } from "./resource.ts";

/** The changes reject when the server refuses; the list then stays as it was. */
export interface TemplateList extends Resource<Template> {
  readonly create: (template: TemplateRequest) => Promise<Template>;
  readonly replace: (template: TemplateRequest) => Promise<Template>;
  readonly remove: (name: string) => Promise<void>;
  readonly import: (templates: TemplateImport) => Promise<readonly Template[]>;
}

/** Builds the list; `onChanged` is called after each change of it. */
export function createTemplateList(client: Client, onChanged: () => void): TemplateList {
  const list = createResource(() => readAll((query) => client.listTemplates(query)));
  const change = createChange(list, onChanged);
  return {
    ...list,
    create: (template) => change(client.createTemplate(template)),
    replace: ({ name, ...template }) => change(client.replaceTemplate(name, template)),
    remove: (name) => change(client.deleteTemplate(name)),
    import: async (templates) => (await change(client.importTemplates(templates))).data,
  };
}
