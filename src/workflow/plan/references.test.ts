import { describe, expect, it } from "vitest";
import { NotFoundError, WorkflowConfigurationError } from "../errors.ts";
import {
  conversationOf,
  planFor,
  profileOf,
  PROFILE_ID,
  refusalsOf,
  templateOf,
} from "../testing/planning.ts";
import { findReferences, type ReferenceSource } from "./references.ts";

const OTHER_ID = "prof_01BX5ZZKBKACTAV9WEVGEMMVS0";

/** Where one template and one profile of `ann` are found; it keeps what it was asked. */
function sourceOf(asked: string[] = []): ReferenceSource {
  const template = templateOf({ name: "support", profile_id: PROFILE_ID });
  return {
    template: (userId, name) => {
      asked.push(`template ${name} of ${userId}`);
      return Promise.resolve(userId === "ann" && name === template.name ? template : null);
    },
    templateNames: (userId) => Promise.resolve(userId === "ann" ? [template.name] : []),
    profile: (userId, id) => {
      asked.push(`profile ${id} of ${userId}`);
      return Promise.resolve(userId === "ann" && id === PROFILE_ID ? profileOf() : null);
    },
    documents: (userId, ids) => {
      asked.push(`documents ${ids.join(" ")} of ${userId}`);
      return Promise.resolve(new Set(userId === "ann" ? ids.filter((id) => id === "doc_1") : []));
    },
  };
}

describe("finding what a request refers to", () => {
  it("asks for nothing where nothing is named", async () => {
    const asked: string[] = [];
    const nothing = { template: null, profile: null, missing: [] };
    expect(await findReferences("ann", {}, null, sourceOf(asked))).toEqual(nothing);
    expect(await findReferences("ann", {}, conversationOf(), sourceOf(asked))).toEqual(nothing);
    expect(asked).toEqual([]);
  });

  it("names each document that is not the user's", async () => {
    const find = async (userId: string, ids: string[]) => {
      const { missing } = await findReferences(userId, { document_ids: ids }, null, sourceOf());
      return missing.map(({ code, message }) => `${code} ${message}`);
    };
    expect(await find("ann", ["doc_1"])).toEqual([]);
    expect(await find("ann", ["doc_1", "doc_2"])).toEqual([
      "NOT_FOUND Document doc_2 was not found.",
    ]);
    expect(await find("bob", ["doc_1"])).toEqual(["NOT_FOUND Document doc_1 was not found."]);
  });

  it("finds the template, and the profile that the template names", async () => {
    const request = { workflow_template: "support" };
    const { template, profile, missing } = await findReferences("ann", request, null, sourceOf());
    expect([template?.name, profile?.id, missing]).toEqual(["support", PROFILE_ID, []]);
  });

  it("finds nothing of another user, and says so as if there were none", async () => {
    const request = { workflow_template: "support", profile_id: PROFILE_ID };
    const { template, profile, missing } = await findReferences("bob", request, null, sourceOf());
    expect([template, profile]).toEqual([null, null]);
    expect(missing.map(({ message }) => message)).toEqual([
      'Template "support" not found (there are none).',
      `Profile ${PROFILE_ID} was not found.`,
    ]);
  });

  it("names a template that does not exist with the ones that do, the nearest first", async () => {
    const { missing } = await findReferences(
      "ann",
      { workflow_template: "suport" },
      null,
      sourceOf(),
    );
    expect(missing).toHaveLength(1);
    expect(missing[0]).toBeInstanceOf(WorkflowConfigurationError);
    expect(missing[0]).toMatchObject({
      message: 'Template "suport" not found; did you mean "support"? (there are: support).',
      details: {
        missing_parameter: "workflow_template",
        errors: [{ path: "workflow_template", message: "must be the name of a template" }],
      },
    });
  });

  it("names a profile that does not exist as not found", async () => {
    const { missing } = await findReferences("ann", { profile_id: OTHER_ID }, null, sourceOf());
    expect(missing).toEqual([new NotFoundError(`Profile ${OTHER_ID}`)]);
  });
});

describe("the conversation's template", () => {
  const template = templateOf({
    workflow_type: "rag",
    profile_id: PROFILE_ID,
    default_params: { max_documents: 9, memory_window: 9 },
  });
  const input = {
    conversation: conversationOf({ workflow_template: "mine" }),
    templates: [template],
    profiles: [profileOf({ temperature: 0.5 })],
  };

  it("shapes a run that names no workflow, or the same", async () => {
    for (const request of [{}, { workflow: "rag" }]) {
      expect(await planFor({ ...input, request })).toMatchObject({
        workflow: "rag",
        workflow_template: "mine",
        profile_id: PROFILE_ID,
        temperature: 0.5,
        retrieval: { max_documents: 9 },
      });
    }
  });

  it("has no word in a run of another workflow, and neither has its profile", async () => {
    expect(await planFor({ ...input, request: { workflow: "plain" } })).toMatchObject({
      workflow: "plain",
      workflow_template: null,
      template_version: null,
      memory_window: 20,
      profile_id: null,
      temperature: null,
    });
  });

  it("that was deleted is named, whatever the request says", async () => {
    for (const request of [{}, { workflow: "plain" }]) {
      const errors = await refusalsOf({ ...input, templates: [], request });
      expect(errors.map(({ details }) => details.missing_parameter)).toEqual(["workflow_template"]);
    }
  });
});
