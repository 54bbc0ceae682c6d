/** How answers are made: workflows, templates, profiles. */
import { z } from "zod";
import { ChatRequest } from "../chat.ts";
import { Profile, ProfileRequest } from "../profiles.ts";
import { WorkflowCheck } from "../runs.ts";
import {
  Template,
  TemplateChange,
  TemplateCheck,
  TemplateImport,
  TemplateName,
  TemplateRequest,
} from "../templates.ts";
import { id, listOf, Page } from "../text.ts";
import { WorkflowInfo } from "../workflows.ts";
import { endpoint } from "./endpoint.ts";

const ProfileParams = z.object({ id: id("prof") });
const TemplateParams = z.object({ name: TemplateName });

export const workflowEndpoints = {
  listWorkflows: endpoint({
    method: "GET",
    path: "/workflows",
    summary: "The workflows, what each needs, and the parameters it takes",
    tag: "workflows",
    answers: { 200: listOf(WorkflowInfo) },
  }),
  validateWorkflow: endpoint({
    method: "POST",
    path: "/workflows/validate",
    summary: "A dry run: the plan that this request would get, or everything that is wrong with it",
    tag: "workflows",
    body: ChatRequest,
    dryRun: true,
    answers: { 200: WorkflowCheck },
  }),
  listTemplates: endpoint({
    method: "GET",
    path: "/templates",
    summary: "Templates by name: the built-in ones and your own",
    tag: "templates",
    query: Page,
    answers: { 200: listOf(Template) },
  }),
  createTemplate: endpoint({
    method: "POST",
    path: "/templates",
    summary: "A new template",
    tag: "templates",
    body: TemplateRequest,
    answers: { 201: Template },
    errors: ["CONFLICT", "NOT_FOUND", "WORKFLOW_CONFIG_ERROR"],
  }),
  importTemplates: endpoint({
    method: "POST",
    path: "/templates/import",
    summary: "Exported templates, all of them or none",
    tag: "templates",
    body: TemplateImport,
    answers: { 201: listOf(Template) },
    errors: ["CONFLICT", "NOT_FOUND", "WORKFLOW_CONFIG_ERROR"],
  }),
  getTemplate: endpoint({
    method: "GET",
    path: "/templates/{name}",
    summary: "One template, in the form that an import takes",
    tag: "templates",
    params: TemplateParams,
    answers: { 200: Template },
    errors: ["NOT_FOUND"],
  }),
  replaceTemplate: endpoint({
    method: "PUT",
    path: "/templates/{name}",
    summary: "Change all of a template; what is absent is empty",
    tag: "templates",
    params: TemplateParams,
    body: TemplateChange,
    answers: { 200: Template },
    errors: ["CONFLICT", "NOT_FOUND", "WORKFLOW_CONFIG_ERROR"],
  }),
  deleteTemplate: endpoint({
    method: "DELETE",
    path: "/templates/{name}",
    summary: "Delete a template; runs that were planned with it go on",
    tag: "templates",
    params: TemplateParams,
    answers: { 204: null },
    errors: ["CONFLICT", "NOT_FOUND"],
  }),
  validateTemplate: endpoint({
    method: "POST",
    path: "/templates/{name}/validate",
    summary:
      "Whether a template could run here and now, and which tools and retrievers are missing",
    tag: "templates",
    params: TemplateParams,
    answers: { 200: TemplateCheck },
    errors: ["NOT_FOUND"],
  }),
  listProfiles: endpoint({
    method: "GET",
    path: "/profiles",
    summary: "Your profiles, newest first",
    tag: "profiles",
    query: Page,
    answers: { 200: listOf(Profile) },
  }),
  createProfile: endpoint({
    method: "POST",
    path: "/profiles",
    summary: "A new profile: named model settings",
    tag: "profiles",
    body: ProfileRequest,
    answers: { 201: Profile },
    errors: ["WORKFLOW_CONFIG_ERROR"],
  }),
  getProfile: endpoint({
    method: "GET",
    path: "/profiles/{id}",
    summary: "One profile",
    tag: "profiles",
    params: ProfileParams,
    answers: { 200: Profile },
    errors: ["NOT_FOUND"],
  }),
  replaceProfile: endpoint({
    method: "PUT",
    path: "/profiles/{id}",
    summary: "Change all of a profile; what is absent is null",
    tag: "profiles",
    params: ProfileParams,
    body: ProfileRequest,
    answers: { 200: Profile },
    errors: ["NOT_FOUND", "WORKFLOW_CONFIG_ERROR"],
  }),
  deleteProfile: endpoint({
    method: "DELETE",
    path: "/profiles/{id}",
    summary: "Delete a profile; runs that were planned with it go on",
    tag: "profiles",
    params: ProfileParams,
    answers: { 204: null },
    errors: ["NOT_FOUND"],
  }),
} as const;
