/** What a server has, and who may ask: providers, models, keys. */
import { z } from "zod";
import { CreatedKey, Key, KeyRequest } from "../keys.ts";
import { ModelInfo, ProviderInfo } from "../providers.ts";
import { id, listOf, Page } from "../text.ts";
import { endpoint } from "./endpoint.ts";

const KeyParams = z.object({ id: id("key") });

export const systemEndpoints = {
  listProviders: endpoint({
    method: "GET",
    path: "/providers",
    summary: "Configured providers, and whether they can be reached",
    tag: "providers",
    answers: { 200: listOf(ProviderInfo) },
  }),
  listModels: endpoint({
    method: "GET",
    path: "/models",
    summary: "Models of the reachable providers",
    tag: "providers",
    answers: { 200: listOf(ModelInfo) },
  }),
  listKeys: endpoint({
    method: "GET",
    path: "/keys",
    summary: "Your API keys; an administrator sees everybody's",
    tag: "keys",
    query: Page,
    answers: { 200: listOf(Key) },
  }),
  createKey: endpoint({
    method: "POST",
    path: "/keys",
    summary: "A new key, shown this once",
    tag: "keys",
    body: KeyRequest,
    answers: { 201: CreatedKey },
    errors: ["FORBIDDEN"],
  }),
  deleteKey: endpoint({
    method: "DELETE",
    path: "/keys/{id}",
    summary: "Revoke a key",
    tag: "keys",
    params: KeyParams,
    answers: { 204: null },
    errors: ["NOT_FOUND"],
  }),
} as const;
