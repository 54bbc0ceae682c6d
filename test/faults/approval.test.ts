/**
 * `kill -9` around decisions about tool calls: while the run begins to wait, while somebody decides, while the tool runs.
 * A tool that was approved runs once or, where the kill came in between, not at all; one that was not approved never.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, inject, it, onTestFailed } from "vitest";
import type { Client } from "../../src/client/index.ts";
import {
  answerSteps,
  callSteps,
  MODEL_LIST,
  startStubUpstream,
  type StubUpstream,
} from "../../src/providers/testing/stub-upstream.ts";
import { createDatabase } from "../support/postgres.ts";
import { type Crashable, startCrashable } from "./support/crashable.ts";
import { clientOf } from "./support/follow.ts";
import { between, chooseCount, chooseSeed, pick, type Random, seeded } from "./support/random.ts";
import { waitForRuns } from "./support/settle.ts";

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** A tool that takes a moment, and writes down for which run it was called before it does. */
const CONFIG = `
  import { appendFileSync } from "node:fs";
  export default {
    tools: [
      {
        name: "pay",
        description: "Pays.",
        effect: "outside",
        approval: "always",
        parameters: { type: "object", properties: { amount: { type: "number" } } },
        execute: async (args, { runId }) => {
          appendFileSync("paid.txt", runId + " " + args.amount + "\\n");
          await new Promise((resolve) => setTimeout(resolve, 30));
          return "paid " + args.amount;
        },
      },
    ],
  };
`;

async function startModel(): Promise<StubUpstream> {
  return startStubUpstream(({ path, body }) => {
    if (path.endsWith("/models")) return MODEL_LIST;
    const { messages } = body as { messages: { role: string }[] };
    if (messages.at(-1)?.role === "tool") return { steps: answerSteps("Done.") };
    return { steps: callSteps({ id: "c1", name: "pay", arguments: { amount: 1 } }) };
  });
}

type Intent = "approve" | "edit" | "deny" | "expire";

interface Payment {
  readonly runId: string;
  readonly intent: Intent;
}

const RUNS_A_ROUND = 4;

/** What a person says; what nobody says anything to expires. */
const DECISIONS = {
  approve: { tool_call_id: "c1", decision: "approve" },
  edit: { tool_call_id: "c1", decision: "approve", arguments: { amount: 2 } },
  deny: { tool_call_id: "c1", decision: "deny" },
} as const;

async function decide(client: Client, { runId, intent }: Payment): Promise<void> {
  if (intent !== "expire") await client.decideApproval(runId, DECISIONS[intent]);
}

async function waiting(client: Client, runId: string): Promise<boolean> {
  for (;;) {
    const { status } = await client.getRun(runId);
    if (status === "waiting") return true;
    if (status !== "queued" && status !== "running") return false;
    await sleep(20);
  }
}

/** Begins some runs, lets people decide about them, and kills the server at a random moment of all that. */
async function playRound(server: Crashable, random: Random): Promise<Payment[]> {
  const client = clientOf(server.url);
  const payments: Payment[] = [];
  for (let count = 0; count < RUNS_A_ROUND; count++) {
    const intent = pick<Intent>(random, ["approve", "approve", "edit", "deny", "expire"]);
    const run = await client.chatInBackground({ message: "Pay, please.", workflow: "tools" });
    payments.push({ runId: run.id, intent });
  }
  const early = random() < 0.25;
  if (!early) await Promise.all(payments.map(({ runId }) => waiting(client, runId)));
  // What the kill cuts off is decided anew behind it.
  const deciding = early ? [] : payments.map((each) => decide(client, each).catch(() => undefined));
  await sleep(between(random, 0, early ? 60 : 90));
  await server.kill();
  await Promise.all(deciding);
  await server.start();
  const next = clientOf(server.url);
  for (const payment of payments) {
    if (payment.intent === "expire" || !(await waiting(next, payment.runId))) continue;
    await decide(next, payment);
  }
  return payments;
}

/** How a payment came out: what the run says, and how often the tool ran with what. */
interface Outcome extends Payment {
  readonly status: string;
  readonly content: string;
  readonly paid: readonly string[];
}

async function outcomesOf(server: Crashable, payments: readonly Payment[]): Promise<Outcome[]> {
  const client = clientOf(server.url);
  const lines = readFileSync(join(server.dataDir, "paid.txt"), "utf8").split("\n");
  return Promise.all(
    payments.map(async (payment) => {
      const { conversation_id } = await client.getRun(payment.runId);
      const { data } = await client.listMessages(conversation_id, {});
      const [call] = data.at(-1)?.tool_calls ?? [];
      const paid = lines.filter((line) => line.startsWith(`${payment.runId} `));
      const { status, content } = call ?? {};
      return { ...payment, status: status ?? "none", content: content ?? "", paid };
    }),
  );
}

/** What must not be: a call that ran twice, unasked or changed, or whose result says what is not so. */
function problemsOf({ runId, intent, status, content, paid }: Outcome): string[] {
  const amount = intent === "edit" ? 2 : 1;
  const allowed = intent === "approve" || intent === "edit";
  const unknown = status === "error" && content.startsWith("It is not known whether");
  const rules: [holds: boolean, what: string][] = [
    [paid.length <= 1, `ran ${paid.length} times`],
    [allowed || paid.length === 0, "ran although nobody had agreed"],
    [paid.every((line) => line === `${runId} ${amount}`), `ran as ${paid.join(", ")}`],
    [status !== "ok" || paid.length === 1, "says that it ran, and did not"],
    [status === (allowed ? "ok" : "denied") || (allowed && unknown), `is ${status}: ${content}`],
  ];
  return rules.filter(([holds]) => !holds).map(([, what]) => `${runId} (${intent}) ${what}`);
}

async function runRounds(
  name: string,
  rounds: number,
  random: Random,
  env: Readonly<Record<string, string>>,
): Promise<string[]> {
  const model = await startModel();
  cleanups.push(model.close);
  const settings = { CHATTER_APPROVAL_EXPIRY: "15s", ...env };
  const server = await startCrashable({ upstream: model.baseUrl, env: settings });
  cleanups.push(server.dispose);
  onTestFailed(() => console.error(server.output().slice(-20_000)));
  // The directory is made with the server: its second process reads the configuration.
  await server.stop();
  writeFileSync(join(server.dataDir, "chatter.config.ts"), CONFIG);
  writeFileSync(join(server.dataDir, "paid.txt"), "");
  await server.start();

  const payments: Payment[] = [];
  for (let round = 1; round <= rounds; round++) {
    payments.push(...(await playRound(server, random)));
    if (round % 20 === 0) console.log(`${name}: ${round} kills, ${payments.length} calls`);
  }
  await waitForRuns(server.url, 90_000);
  const outcomes = await outcomesOf(server, payments);
  const count = (holds: (outcome: Outcome) => boolean): number => outcomes.filter(holds).length;
  console.table({
    engine: name,
    kills: rounds,
    calls: outcomes.length,
    "ran once": count(({ paid }) => paid.length === 1),
    "ran more than once": count(({ paid }) => paid.length > 1),
    "not known, and had run": count(({ status, paid }) => status === "error" && paid.length === 1),
    "not known, and had not": count(({ status, paid }) => status === "error" && paid.length === 0),
    "denied or expired": count(({ status }) => status === "denied"),
  });
  return outcomes.flatMap(problemsOf);
}

it("runs a tool that was approved once or not at all, on SQLite", async () => {
  const random = seeded(chooseSeed("approval, SQLite"));
  const rounds = chooseCount("FAULT_APPROVALS", 100);
  expect(await runRounds("sqlite", rounds, random, {})).toEqual([]);
});

it("runs a tool that was approved once or not at all, on PostgreSQL", async () => {
  const random = seeded(chooseSeed("approval, PostgreSQL"));
  const rounds = chooseCount("FAULT_APPROVALS_POSTGRES", 20);
  const url = await createDatabase(inject("postgresUrl"));
  expect(await runRounds("postgres", rounds, random, { DATABASE_URL: url })).toEqual([]);
});
