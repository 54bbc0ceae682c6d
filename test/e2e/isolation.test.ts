/**
 * Two users on one server: whatever of somebody else's is named, in whatever place of whatever route, the answer is the
 * one that a thing which does not exist gets, and nothing changes. The places come from the contract: a new route, or
 * a new id in an old one, fails here until it is known.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { ConversationExport, Conversation } from "../../src/contract/conversations.ts";
import { Document, UploadAnswer } from "../../src/contract/documents.ts";
import { API_BASE, type Endpoint, endpoints } from "../../src/contract/endpoints.ts";
import { CreatedKey, Key } from "../../src/contract/keys.ts";
import { Profile } from "../../src/contract/profiles.ts";
import { RetrieverInfo, SearchAnswer } from "../../src/contract/retrievers.ts";
import { Run } from "../../src/contract/runs.ts";
import { Ticket } from "../../src/contract/tickets.ts";
import { ToolCallAnswer } from "../../src/contract/tools.ts";
import { Template } from "../../src/contract/templates.ts";
import { listOf } from "../../src/contract/text.ts";
import { ToolServer } from "../../src/contract/tool-servers.ts";
import { Api, eventually } from "../support/api.ts";
import { ENGINES } from "../support/engines.ts";
import { inputSchema } from "../support/fuzz/values.ts";
import {
  type Belongings,
  type Kind,
  ownRequest,
  type Part,
  type Parts,
  type Route,
  SHARED,
} from "../support/own-requests.ts";
import { useStage } from "../support/stage.ts";

const BOOTSTRAP_KEY = "a-bootstrap-key-that-is-long-enough";
const SECRET = "the-pass-phrase-of-ada";
const NOBODY = "0".repeat(26);
const PARTS: readonly Part[] = ["params", "query", "body"];
/** What an administrator alone may do, whosesoever it is. */
const FOR_ADMINISTRATORS: ReadonlySet<string> = new Set<Route>([
  "createToolServer",
  "updateToolServer",
  "deleteToolServer",
  "connectToolServer",
  "authorizeToolServer",
]);

/** Places whose answer for a foreign thing is not 404. */
const OTHER_ANSWERS: Readonly<Record<string, number>> = {
  // A filter and a cursor only narrow down what is one's own.
  "listRuns query conversation_id": 200,
  "listRuns query cursor": 200,
  "listConversations query cursor": 200,
  "listMessages query cursor": 200,
  "listKeys query cursor": 200,
  // Only an administrator names another user, whether there is one of that name or not.
  "createKey body user_id": 403,
  "listTemplates query cursor": 200,
  "listProfiles query cursor": 200,
  // A dry run says what is wrong in its answer.
  "validateWorkflow body conversation_id": 200,
  "validateWorkflow body parent_id": 200,
  "validateWorkflow body profile_id": 200,
  "validateWorkflow body workflow_template": 200,
  "validateWorkflow body document_ids": 200,
  // The profiles within have a test of their own below.
  "importTemplates body templates": 422,
  // A template is named, not addressed: it cannot be put together.
  "chat body workflow_template": 422,
  "regenerate body workflow_template": 422,
  "createConversation body workflow_template": 422,
  "updateConversation body workflow_template": 422,
  // A retriever is named, too; and the plain workflow has no use for one, whosoever it is.
  "chat body retriever": 422,
  "regenerate body retriever": 422,
  "validateWorkflow body retriever": 200,
  "listDocuments query cursor": 200,
  "listCollections query cursor": 200,
  "listChunks query cursor": 200,
  "listRetrievers query cursor": 200,
  "listTickets query conversation_id": 200,
  "listTickets query cursor": 200,
  "listToolServers query cursor": 200,
};

/** One place of a route where something is named. */
interface Place {
  readonly name: string;
  readonly route: Route;
  readonly part: Part;
  readonly field: string;
  readonly kind: Kind;
}

const KINDS: Readonly<Record<string, Kind>> = {
  cursor: "cursor",
  user_id: "user",
  workflow_template: "template",
  retriever: "retriever",
};

/** What the `name` in the path of a route names. */
function namedIn(route: string): Kind {
  return /retriever|search/i.test(route) ? "retriever" : "template";
}

/** Whether a field names what is everybody's. */
function isShared(route: string, field: string): boolean {
  return field === "name" && route.endsWith("ToolServer");
}

/** Every place of the contract that names a thing, by the form of the id or by the field's name. */
const PLACES: readonly Place[] = Object.entries<Endpoint>(endpoints).flatMap(([route, endpoint]) =>
  PARTS.flatMap((part) => {
    const schema = endpoint[part];
    return Object.entries((schema && inputSchema(schema).properties) ?? {}).flatMap(
      ([field, property]) => {
        const prefix = /\^(conv|msg|run|key|prof|doc|tkt)_\[/.exec(JSON.stringify(property))?.[1];
        const named =
          /(^|_)(ids?|cursor|template|retriever)$/.test(field) ||
          // Tools are everybody's.
          (part === "params" && field === "name" && route !== "callTool");
        if ((prefix === undefined && !named) || isShared(route, field)) return [];
        const byName = field === "name" ? namedIn(route) : KINDS[field];
        const kind = (prefix as Kind | undefined) ?? byName ?? "conv";
        return [{ name: `${route} ${part} ${field}`, route: route as Route, part, field, kind }];
      },
    );
  }),
);

function cursorOf(...key: (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

/** A thing of this kind that nobody has. */
function nobodys(kind: Kind, like: string): string {
  if (kind === "user") return "nobody";
  if (kind === "template" || kind === "retriever") return like.replace("ada", "eve");
  if (kind !== "cursor") return `${kind}_${NOBODY}`;
  const text = Buffer.from(like, "base64url").toString();
  return Buffer.from(text.replaceAll(/_\w{26}/g, `_${NOBODY}`)).toString("base64url");
}

describe.each(ENGINES)("isolation on $name", (engine) => {
  const stage = useStage(engine, {
    CHATTER_AUTH: "required",
    CHATTER_BOOTSTRAP_KEY: BOOTSTRAP_KEY,
  });
  let ada: Api;
  let bob: Api;
  let adas: Belongings;

  async function keyOf(user_id: string): Promise<CreatedKey> {
    const admin = new Api(stage.server.url, BOOTSTRAP_KEY);
    const body = { name: user_id, user_id };
    return admin.json(CreatedKey, "POST", "/keys", { body, status: 201 });
  }

  /** A conversation with an answer, a key to give away, and the cursors that lead past them. */
  async function belongings(api: Api, user: string, message: string): Promise<Belongings> {
    const answer = await api.chat(message);
    const body = { name: "spare" };
    const key = await api.json(CreatedKey, "POST", "/keys", { body, status: 201 });
    const { conversation_id: conv, run_id: run } = answer;
    const profile = await api.json(Profile, "POST", "/profiles", {
      body: { name: message },
      status: 201,
    });
    const settings = {
      name: `${user}-${profile.id.slice(-8).toLowerCase()}`,
      workflow_type: "plain",
    };
    const template = await api.json(Template, "POST", "/templates", {
      body: settings,
      status: 201,
    });
    const retriever = await api.json(RetrieverInfo, "POST", "/retrievers", {
      body: { name: settings.name, description: message },
      status: 201,
    });
    const { data: documents } = await api.json(UploadAnswer, "POST", "/documents", {
      body: { title: message, text: `${message} ${profile.id}` },
      status: 202,
    });
    const [doc = ""] = documents.map(({ id }) => id);
    const { structured } = await api.json(ToolCallAnswer, "POST", "/tools/create_ticket/call", {
      body: { arguments: { title: message, description: profile.id } },
    });
    const tkt = String(structured?.["ticket_id"]);
    const { id: msg, parent_id: question } = answer.message;
    const cursors = [
      [conv],
      [run],
      [key.id],
      [profile.id],
      [doc],
      [tkt],
      [msg],
      [1],
      [Date.now() + 60_000, conv],
    ];
    return {
      conv: [conv],
      run: [run],
      msg: [msg, question ?? ""],
      key: [key.id],
      prof: [profile.id],
      template: [template.name],
      doc: [doc],
      tkt: [tkt],
      retriever: [retriever.name],
      cursor: cursors.map((each) => cursorOf(...each)),
      user: [user],
    };
  }

  function send(api: Api, route: Route, parts: Parts): Promise<Response> {
    const { method, path }: Endpoint = endpoints[route];
    const filled = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => parts.params?.[name] ?? "");
    const query = new URLSearchParams(parts.query).toString();
    return api.send(method, query === "" ? filled : `${filled}?${query}`, {
      headers: { "x-request-id": "the-same" },
      ...(parts.body && { body: parts.body }),
    });
  }

  /** Everything that Ada has, as she sees it. */
  async function everything(): Promise<unknown> {
    const { data } = await ada.get(listOf(Conversation), "/conversations?limit=200");
    const exports = data.map(({ id }) =>
      ada.get(ConversationExport, `/conversations/${id}/export`),
    );
    const { data: runs } = await ada.get(listOf(Run), "/runs?limit=200");
    const events = runs
      .filter(({ status }) => status === "completed")
      .map(async ({ id }) => (await ada.events(id)).map(({ raw }) => raw));
    // When a key was last used is written down once a minute: looking on uses it.
    const keys = (await ada.get(listOf(Key), "/keys?limit=200")).data.map(
      ({ last_used_at: _, ...key }) => key,
    );
    const { data: templates } = await ada.get(listOf(Template), "/templates?limit=200");
    const { data: profiles } = await ada.get(listOf(Profile), "/profiles?limit=200");
    const { data: documents } = await ada.get(listOf(Document), "/documents?limit=200");
    const { data: retrievers } = await ada.get(listOf(RetrieverInfo), "/retrievers?limit=200");
    const { data: tickets } = await ada.get(listOf(Ticket), "/tickets?limit=200");
    const settled = [await Promise.all(exports), await Promise.all(events)];
    return [data, runs, keys, templates, profiles, documents, retrievers, tickets, ...settled];
  }

  /** Waits until a document is read. */
  function readable(api: Api, id: string): Promise<unknown> {
    return eventually("a document", async () => {
      return (await api.get(Document, `/documents/${id}`)).status === "ready";
    });
  }

  beforeAll(async () => {
    ada = new Api(stage.server.url, (await keyOf("ada")).key);
    bob = new Api(stage.server.url, (await keyOf("bob")).key);
    const admin = new Api(stage.server.url, BOOTSTRAP_KEY);
    const tools = { name: SHARED, url: "https://tools.example/mcp", enabled: false };
    await admin.json(ToolServer, "POST", "/tool-servers", { body: tools, status: 201 });
    const done = await belongings(ada, "ada", `${SECRET}, said Ada`);
    // It answers as long as the tests last: a silent provider would be given up.
    const live = await ada.start(`[tokens=10000 pace=500] ${SECRET}`);
    await ada.answering(live.id);
    for (const id of done.doc) await readable(ada, id);
    adas = {
      ...done,
      conv: [...done.conv, live.conversation_id],
      run: [...done.run, live.id],
      msg: [...done.msg, live.user_message_id],
    };
  });

  it("every route is known, and its own request is answered well", async () => {
    for (const route of Object.keys(endpoints) as Route[]) {
      const own = await belongings(bob, "bob", "hello");
      if (route === "reprocessDocument") await readable(bob, own.doc[0] ?? "");
      const response = await send(bob, route, ownRequest(route, own));
      const { status } = response;
      const text = await response.text();
      // None of its runs waits for a person; that it is its own is said by what is missing: the call, not the run.
      const missing = route === "decideApproval" && text.includes("A call c1 of run");
      const isRight = FOR_ADMINISTRATORS.has(route) ? status === 403 : missing || status < 300;
      expect(isRight, `${route}: ${status} ${text}`).toBe(true);
    }
  });

  it.each(PLACES)("$name: what is Ada's does not exist for Bob", async (place) => {
    const { name, route, part, field, kind } = place;
    const own = await belongings(bob, "bob", "hello");
    const before = await everything();
    const ask = async (id: string): Promise<[number, string]> => {
      const request = ownRequest(route, own);
      const named = field.endsWith("s") ? [id] : id;
      const response = await send(bob, route, {
        ...request,
        [part]: { ...request[part], [field]: named },
      });
      return [response.status, (await response.text()).replaceAll(id, "<it>")];
    };
    const { conv, msg, run, key, prof, doc, tkt } = adas;
    for (const foreign of adas[kind]) {
      const [status, text] = await ask(foreign);
      const [nobodysStatus, nobodysText] = await ask(nobodys(kind, foreign));
      expect(status).toBe(nobodysStatus);
      // Where a cursor leads tells how much of one's own lies behind it: then only the status is the same.
      expect(text).toBe(kind === "cursor" ? text : nobodysText);
      for (const hers of [SECRET, ...conv, ...msg, ...run, ...key, ...prof, ...doc, ...tkt])
        expect(text).not.toContain(hers);
      // A cursor of another list is no cursor of this one.
      const refused = kind === "cursor" && status === 422;
      expect(status).toBe(refused ? 422 : (OTHER_ANSWERS[name] ?? 404));
    }
    expect(await everything()).toEqual(before);
  });

  it("lists and searches show nobody else's", async () => {
    for (const path of [
      "/conversations",
      `/conversations?q=${SECRET}`,
      "/runs",
      "/profiles",
      "/templates",
      "/documents",
      "/collections",
      "/retrievers",
      "/tickets",
      "/runs?status=running",
    ]) {
      const text = await (await bob.send("GET", path)).text();
      expect(text, path).not.toContain(SECRET);
      for (const id of [...adas.conv, ...adas.run, ...adas.doc, ...adas.tkt])
        expect(text, path).not.toContain(id);
    }
    const { data } = await bob.get(listOf(Key), "/keys?limit=200");
    expect(new Set(data.map(({ user_id }) => user_id))).toEqual(new Set(["bob"]));
  });

  it("searches find nobody else's passages, by words, by names and by ids", async () => {
    const asked = { body: { query: `${SECRET} hello`, max_documents: 50 } };
    const hers = await ada.json(SearchAnswer, "POST", "/retrievers/default/search", asked);
    expect(hers.data.map(({ document_id }) => document_id)).toContain(adas.doc[0]);
    const { data } = await bob.json(SearchAnswer, "POST", "/retrievers/default/search", asked);
    expect(data.filter(({ document_id }) => adas.doc.includes(document_id))).toEqual([]);
    expect(JSON.stringify(data)).not.toContain(SECRET);
    const answer = await bob.chat(SECRET, { workflow: "rag" });
    expect(answer.message.citations?.map(({ document_id }) => document_id)).not.toContain(
      adas.doc[0],
    );
    const body = { message: SECRET, workflow: "rag", document_ids: adas.doc };
    expect((await bob.refused("POST", "/chat", { body })).status).toBe(404);
  });

  it("an import that names somebody else's profile is refused whole", async () => {
    const [profile_id] = adas.prof;
    const shape = { workflow_type: "plain" };
    const templates = [
      { name: "good", ...shape },
      { name: "bad", ...shape, profile_id },
    ];
    const { status } = await bob.refused("POST", "/templates/import", { body: { templates } });
    expect(status).toBe(404);
    expect((await bob.refused("GET", "/templates/good")).status).toBe(404);
  });

  it("an Idempotency-Key is each user's own", async () => {
    const headers = { "idempotency-key": "shared" };
    const runs = [await ada.start("hello", {}, headers), await bob.start("hello", {}, headers)];
    expect(runs[0]?.id).not.toBe(runs[1]?.id);
    expect((await bob.start("hello", {}, headers)).id).toBe(runs[1]?.id);
  });

  it("without a key nothing under the base path answers", async () => {
    for (const route of Object.keys(endpoints) as Route[]) {
      const { method, path }: Endpoint = endpoints[route];
      const response = await fetch(
        `${stage.server.url}${API_BASE}${path.replaceAll(/\{\w+\}/g, `conv_${NOBODY}`)}`,
        { method },
      );
      expect([route, response.status]).toEqual([route, 401]);
      expect(await response.json()).toMatchObject({ code: "UNAUTHENTICATED" });
    }
  });
});
