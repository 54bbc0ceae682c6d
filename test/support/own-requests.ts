/** For the test of isolation: a good request to every route, with a user's own things in it. */
import type { endpoints } from "../../src/contract/endpoints.ts";

/** A tool server: they are the installation's, and nobody's own. */
export const SHARED = "shared-tools";

export type Route = keyof typeof endpoints;
export type Part = "params" | "query" | "body";

/** Things of one user: ids by kind, and cursors. */
export interface Belongings {
  readonly conv: readonly string[];
  readonly msg: readonly string[];
  readonly run: readonly string[];
  readonly key: readonly string[];
  readonly prof: readonly string[];
  readonly template: readonly string[];
  readonly doc: readonly string[];
  readonly tkt: readonly string[];
  readonly retriever: readonly string[];
  readonly cursor: readonly string[];
  readonly user: readonly string[];
}
export type Kind = keyof Belongings;

/** The parts of a request; what is missing is not sent. */
export interface Parts {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** For each route a request with a user's own things that is answered well; each id in it is then exchanged. */
export function ownRequest(route: Route, own: Belongings): Parts {
  const firsts = [own.conv, own.msg, own.run, own.key, own.prof, own.template, own.doc];
  const [conv = "", msg = "", run = "", key = "", prof = "", template = "", doc = ""] = firsts.map(
    ([first]) => first,
  );
  const [[retriever = ""], [tkt = ""]] = [own.retriever, own.tkt];
  const shape = { workflow_type: "plain", profile_id: prof };
  const requests: Record<Route, Parts> = {
    chat: { body: { message: "hello", conversation_id: conv, parent_id: msg, background: true } },
    listRuns: { query: { conversation_id: conv } },
    getRun: { params: { id: run } },
    readEvents: { params: { id: run } },
    listApprovals: { params: { id: run } },
    decideApproval: { params: { id: run }, body: { tool_call_id: "c1", decision: "deny" } },
    cancelRun: { params: { id: run } },
    listConversations: {},
    createConversation: { body: {} },
    getConversation: { params: { id: conv } },
    updateConversation: { params: { id: conv }, body: { title: "Taken over" } },
    deleteConversation: { params: { id: conv } },
    listMessages: { params: { id: conv }, query: { leaf: msg } },
    forkConversation: { params: { id: conv }, body: { message_id: msg } },
    exportConversation: { params: { id: conv } },
    regenerate: { params: { id: msg }, body: { background: true } },
    putFeedback: { params: { id: msg }, body: { rating: "down" } },
    deleteMessage: { params: { id: msg } },
    listProviders: {},
    listModels: {},
    listKeys: {},
    createKey: { body: { name: "mine" } },
    deleteKey: { params: { id: key } },
    listWorkflows: {},
    validateWorkflow: {
      body: {
        message: "hello",
        conversation_id: conv,
        profile_id: prof,
        workflow_template: template,
      },
    },
    listTemplates: {},
    createTemplate: { body: { name: `${template}-2`, ...shape } },
    importTemplates: { body: { templates: [{ name: `${template}-3`, ...shape }] } },
    getTemplate: { params: { name: template } },
    replaceTemplate: { params: { name: template }, body: shape },
    deleteTemplate: { params: { name: template } },
    validateTemplate: { params: { name: template } },
    listProfiles: {},
    createProfile: { body: { name: "mine" } },
    getProfile: { params: { id: prof } },
    replaceProfile: { params: { id: prof }, body: { name: "changed" } },
    deleteProfile: { params: { id: prof } },
    uploadDocuments: { body: { title: "mine", text: "hello" } },
    listDocuments: {},
    getDocument: { params: { id: doc } },
    deleteDocument: { params: { id: doc } },
    listChunks: { params: { id: doc } },
    reprocessDocument: { params: { id: doc } },
    readDocumentEvents: { params: { id: doc } },
    listCollections: {},
    listRetrievers: {},
    createRetriever: { body: { name: `${retriever}-2` } },
    getRetriever: { params: { name: retriever } },
    replaceRetriever: { params: { name: retriever }, body: { max_documents: 3 } },
    deleteRetriever: { params: { name: retriever } },
    listTools: {},
    callTool: { params: { name: "calculate" }, body: { arguments: { expression: "1 + 1" } } },
    listTickets: { query: { conversation_id: conv } },
    getTicket: { params: { id: tkt } },
    updateTicket: { params: { id: tkt }, body: { status: "closed" } },
    listToolServers: {},
    createToolServer: { body: { name: "tools", url: "https://tools.example/mcp" } },
    getToolServer: { params: { name: SHARED } },
    updateToolServer: { params: { name: SHARED }, body: { enabled: false } },
    deleteToolServer: { params: { name: SHARED } },
    connectToolServer: { params: { name: SHARED } },
    authorizeToolServer: { params: { name: SHARED } },
    search: { params: { name: retriever }, body: { query: "hello", document_ids: [doc] } },
  };
  return requests[route];
}
