/** Documents: taken in as text, address or files; what there is of them, and how far they are. */
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Hono } from "hono";
import { type Document, type DocumentEvent, DocumentFields } from "../../contract/documents.ts";
import { endpoints } from "../../contract/endpoints.ts";
import { invalid } from "../../workflow/errors.ts";
import type { DocumentLibrary, ReceivedFile } from "../../workflow/ports/library.ts";
import type { AppContext, AppEnv } from "../context.ts";
import { isForm, readForm } from "../form.ts";
import { toValidationError } from "../problem.ts";
import { route } from "../route.ts";
import type { OpenStreams } from "../streams.ts";

/** The fields of a form are text: an empty one is none, and metadata is JSON. */
function toFields(given: Readonly<Record<string, string>>): DocumentFields {
  const present = Object.entries(given).filter(([, value]) => value !== "");
  const fields: Record<string, unknown> = Object.fromEntries(present);
  if (typeof fields["metadata"] === "string") fields["metadata"] = parseJson(fields["metadata"]);
  const parsed = DocumentFields.safeParse(fields);
  if (!parsed.success) throw toValidationError(parsed.error, "body");
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid("metadata", "must be a JSON object with strings");
  }
}

async function acceptForm(
  documents: DocumentLibrary,
  ownerId: string,
  { env }: AppContext,
): Promise<Document[]> {
  const drop = (files: readonly ReceivedFile[]) => documents.discard(ownerId, files);
  const { fields, files } = await readForm(env.incoming, {
    take: (file) => documents.receive(ownerId, file),
    drop,
  });
  try {
    if (files.length === 0) throw invalid("file", "is required: a form has at least one file");
    return await documents.accept(ownerId, files, toFields(fields));
  } catch (error) {
    await drop(files);
    throw error;
  }
}

/** The events of a document as a stream of frames. */
function readerOf(events: AsyncGenerator<DocumentEvent, void, undefined>) {
  let seq = 0;
  return {
    backlog: 0,
    next: async () => {
      const { value, done } = await events.next();
      if (done) return null;
      const { type, ...data } = value;
      return [{ attempt: 1, seq: ++seq, type, json: JSON.stringify({ type, ...data }) }];
    },
  };
}

export function documentRoutes(
  app: Hono<AppEnv>,
  ports: { readonly documents: DocumentLibrary; readonly streams: OpenStreams },
): void {
  const { documents, streams } = ports;

  route(app, endpoints.uploadDocuments, async ({ body, principal, context }) => {
    const { userId } = principal;
    if (isForm(context.env.incoming)) {
      return { data: await acceptForm(documents, userId, context) };
    }
    const { text, url, ...fields } = body;
    const document = url
      ? await documents.acceptUrl(userId, url, fields)
      : await documents.acceptText(userId, text ?? "", fields);
    return { data: [document] };
  });

  route(app, endpoints.listDocuments, ({ query, principal }) =>
    documents.list(principal.userId, query),
  );

  route(app, endpoints.getDocument, ({ params, principal }) =>
    documents.get(principal.userId, params.id),
  );

  route(app, endpoints.deleteDocument, async ({ params, principal }) => {
    await documents.remove(principal.userId, params.id);
    return null;
  });

  route(app, endpoints.listChunks, ({ params, query, principal }) =>
    documents.chunks(principal.userId, params.id, query),
  );

  route(app, endpoints.reprocessDocument, ({ params, principal }) =>
    documents.reprocess(principal.userId, params.id),
  );

  route(app, endpoints.readDocumentEvents, async ({ params, principal, context }) => {
    await documents.get(principal.userId, params.id);
    const connection = streams.open(context.env.outgoing);
    try {
      const events = documents.events(principal.userId, params.id, connection.signal);
      await connection.writeEvents(readerOf(events), {});
    } finally {
      connection.close();
    }
    return RESPONSE_ALREADY_SENT;
  });

  route(app, endpoints.listCollections, ({ query, principal }) =>
    documents.collections(principal.userId, query),
  );
}
