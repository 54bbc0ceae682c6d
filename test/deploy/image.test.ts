/**
 * What the image is made of is enough to work with: the folder that the last stage of the Dockerfile copies together is made
 * here, and the server started from it.
 */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Document, UploadAnswer } from "../../src/contract/documents.ts";
import { SearchAnswer } from "../../src/contract/retrievers.ts";
import { ToolCallAnswer } from "../../src/contract/tools.ts";
import type { StubUpstream } from "../../src/providers/testing/stub-upstream.ts";
import { Api, eventually } from "../support/api.ts";
import { ENGINES } from "../support/engines.ts";
import type { TestServer } from "../support/server.ts";
import { answerText, startUpstream } from "../support/upstream.ts";
import { all, commandOf, environmentOf, only, stagesOf } from "./dockerfile.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const run = promisify(execFile);

const [build = [], image = []] = stagesOf(
  await readFile(join(ROOT, "deploy", "Dockerfile"), "utf8"),
);

/** Copies what the image has into a folder, where it is `/app`. Only what is built is taken from this checkout. */
async function assemble(folder: string): Promise<void> {
  const { text: workdir } = only(image, "WORKDIR");
  expect(workdir).toBe(only(build, "WORKDIR").text);
  for (const { text, flags } of all(image, "COPY")) {
    const [from = "", to = "", ...more] = text.split(/\s+/);
    expect(more, `COPY ${text}`).toEqual([]);
    const source = flags["from"] === "build" ? relative(workdir, from) : from;
    const target = to === "./" ? join(folder, basename(source)) : join(folder, to);
    await mkdir(join(target, ".."), { recursive: true });
    await cp(join(ROOT, source), target, { recursive: true });
  }
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "chatter-image-"));
  await assemble(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(ENGINES)("an image on $name", (engine) => {
  let upstream: StubUpstream;
  let server: TestServer;
  let api: Api;

  beforeAll(async () => {
    upstream = await startUpstream();
    server = await engine.startServer({ root: folder, upstream: upstream.baseUrl });
    api = new Api(server.url);
  });
  afterAll(async () => {
    await server.stop();
    await upstream.close();
  });

  it("answers", async () => {
    const { message } = await api.chat("[tokens=3] hello");
    expect(message.content).toBe(answerText(3));
  });

  it("serves the page", async () => {
    const page = await fetch(server.url);
    expect(page.status).toBe(200);
    const script = /src="(\/assets\/[^"]+)"/.exec(await page.text())?.[1];
    expect((await fetch(`${server.url}${script}`)).status).toBe(200);
  });

  it("reads documents and finds them", async () => {
    const body = { title: "Visit", text: "The lighthouse opens at nine." };
    const { data } = await api.json(UploadAnswer, "POST", "/documents", { body, status: 202 });
    await eventually("the document", async () => {
      const { status } = await api.get(Document, `/documents/${data[0]?.id}`);
      return status === "ready";
    });
    const search = { body: { query: "When does the lighthouse open?" } };
    const found = await api.json(SearchAnswer, "POST", "/retrievers/default/search", search);
    expect(JSON.stringify(found)).toContain("The lighthouse opens at nine.");
  });

  it.each([
    ["calculate", { expression: "6 * 7" }],
    ["execute_code", { language: "typescript", code: "const n: number = 6 * 7; console.log(n)" }],
  ])("calls %s", async (name, args) => {
    const call = { body: { arguments: args } };
    const answer = await api.json(ToolCallAnswer, "POST", `/tools/${name}/call`, call);
    expect(answer).toMatchObject({ status: "ok" });
    expect(answer.content).toContain("42");
  });
});

describe("the commands of the image", () => {
  const [node, ...program] = commandOf(only(image, "CMD"));

  it("starts the program", async () => {
    expect(node).toBe("node");
    const [file = "", command] = program;
    expect(command).toBe("serve");
    const { stdout } = await run(process.execPath, [join(folder, file), "--version"]);
    const { version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    expect(stdout.trim()).toBe(version);
  });

  it("is healthy while it answers, and not when it is gone", async () => {
    const [, ...args] = commandOf(only(image, "HEALTHCHECK"));
    const server = await ENGINES[0]!.startServer({ root: folder });
    const env = { CHATTER_PORT: new URL(server.url).port };
    const check = (): Promise<unknown> => run(process.execPath, args, { env });
    await check();
    await server.stop();
    await expect(check()).rejects.toMatchObject({ code: 1 });
  });

  it("is refused to strangers, as its environment says", async () => {
    const env = { ...environmentOf(image), CHATTER_DATA_DIR: folder };
    const started = run(process.execPath, program, { cwd: folder, env });
    await expect(started).rejects.toMatchObject({
      stderr: expect.stringContaining("Set CHATTER_AUTH=required"),
    });
  });
});
