/** Workflows, templates and profiles. */
import type { WorkflowMethods } from "./methods.ts";
import { path, type Transport } from "./transport.ts";

/** Binds the methods to a server. */
export function createWorkflowMethods({ json }: Transport): WorkflowMethods {
  return {
    listWorkflows: (options) => json({ method: "GET", path: "/workflows", ...options }),
    validateWorkflow: (body, options) =>
      json({ method: "POST", path: "/workflows/validate", body, ...options }),
    listTemplates: (query, options) =>
      json({ method: "GET", path: "/templates", query: { ...query }, ...options }),
    createTemplate: (body, options) =>
      json({ method: "POST", path: "/templates", body, ...options }),
    importTemplates: (body, options) =>
      json({ method: "POST", path: "/templates/import", body, ...options }),
    getTemplate: (name, options) =>
      json({ method: "GET", path: path`/templates/${name}`, ...options }),
    replaceTemplate: (name, body, options) =>
      json({ method: "PUT", path: path`/templates/${name}`, body, ...options }),
    deleteTemplate: (name, options) =>
      json({ method: "DELETE", path: path`/templates/${name}`, ...options }),
    validateTemplate: (name, options) =>
      json({ method: "POST", path: path`/templates/${name}/validate`, ...options }),
    listProfiles: (query, options) =>
      json({ method: "GET", path: "/profiles", query: { ...query }, ...options }),
    createProfile: (body, options) => json({ method: "POST", path: "/profiles", body, ...options }),
    getProfile: (id, options) => json({ method: "GET", path: path`/profiles/${id}`, ...options }),
    replaceProfile: (id, body, options) =>
      json({ method: "PUT", path: path`/profiles/${id}`, body, ...options }),
    deleteProfile: (id, options) =>
      json({ method: "DELETE", path: path`/profiles/${id}`, ...options }),
  };
}
