/** What a started server loads late, or runs in processes and threads of their own, has its place in the bundle too. */
import { expect, it, onTestFinished } from "vitest";
import { Document, UploadAnswer } from "../../src/contract/documents.ts";
import { SearchAnswer } from "../../src/contract/retrievers.ts";
import { ToolCallAnswer } from "../../src/contract/tools.ts";
import { Api, eventually } from "../support/api.ts";
import { startServer } from "../support/server.ts";

async function start(): Promise<Api> {
  const server = await startServer();
  onTestFinished(() => server.stop());
  return new Api(server.url);
}

it("reads documents in a child process and searches them in threads", async () => {
  const api = await start();
  const body = { title: "Visit", text: "The lighthouse opens at nine." };
  const { data } = await api.json(UploadAnswer, "POST", "/documents", { body, status: 202 });
  await eventually("the document", async () => {
    const document = await api.get(Document, `/documents/${data[0]?.id}`);
    expect(document.error ?? null).toBeNull();
    return document.status === "ready";
  });
  const search = { body: { query: "When does the lighthouse open?" } };
  const found = await api.json(SearchAnswer, "POST", "/retrievers/default/search", search);
  expect(JSON.stringify(found)).toContain("The lighthouse opens at nine.");
});

it.each([
  ["calculate", { expression: "6 * 7" }, "42"],
  [
    "execute_code",
    { language: "typescript", code: "const n: number = 6 * 7; console.log(n)" },
    "42",
  ],
])("calls %s", async (name, args, part) => {
  const api = await start();
  const call = { body: { arguments: args } };
  const answer = await api.json(ToolCallAnswer, "POST", `/tools/${name}/call`, call);
  expect(answer).toMatchObject({ status: "ok" });
  expect(answer.content).toContain(part);
});
