/** Documents for suites that search. */
import { Document, UploadAnswer } from "../../src/contract/documents.ts";
import { type Api, eventually } from "./api.ts";

/** Puts a text into a collection, and waits until it is found; returns its id. */
export async function putDocument(
  api: Api,
  collection: string,
  title: string,
  text: string,
): Promise<string> {
  const body = { title, text, collection };
  const { data } = await api.json(UploadAnswer, "POST", "/documents", { body, status: 202 });
  const { id } = await eventually("a document", async () => {
    const document = await api.get(Document, `/documents/${data[0]?.id}`);
    return document.status === "ready" && document;
  });
  return id;
}
