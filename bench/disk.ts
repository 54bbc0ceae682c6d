/**
 * What a turn takes of the disk, a question and its answer, in KB: `node bench/disk.ts`, about a minute. Answers come
 * at the pace of a model, because their events are stored in groups by time.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { type ChatterOptions, createChatter } from "../src/compose/library.ts";
import { createScriptedProvider } from "../src/providers/scripted.ts";
import { createDatabase, startPostgres } from "../test/support/postgres.ts";

const CONVERSATIONS = 50;
const TURNS = 6;
const TOKENS = 200;
const PACE_MS = 20;

const QUESTION =
  "Which of the two plans is the better one for a family of four, and what does it cost? ";
const WORDS = QUESTION.split(/(?<= )/);

/** What a turn leaves for good, and what is forgotten after CHATTER_RUN_RETENTION. Other tables are empty here. */
const TABLES = {
  "to keep": ["conversations", "messages", "runs"],
  "for a time": ["run_events"],
} as const;

/** Bytes by table, its indexes included. */
type Sizes = ReadonlyMap<string, number>;

async function converse(options: ChatterOptions): Promise<void> {
  const provider = createScriptedProvider(
    () => [
      ...Array.from({ length: TOKENS }, (_, index) => {
        return { type: "text", text: WORDS[index % WORDS.length] ?? "" } as const;
      }),
      { type: "finish", reason: "stop", model: null } as const,
    ],
    { delayMs: PACE_MS },
  );
  const chatter = await createChatter({ ...options, providers: [provider] });
  const talk = async (): Promise<void> => {
    let conversation_id: string | undefined;
    for (let turn = 0; turn < TURNS; turn++) {
      const answer = await chatter.chat({
        message: QUESTION,
        ...(conversation_id && { conversation_id }),
      });
      conversation_id = answer.conversation_id;
    }
  };
  await Promise.all(Array.from({ length: CONVERSATIONS }, talk));
  await chatter.close();
}

async function onSqlite(): Promise<Sizes> {
  const directory = await mkdtemp(join(tmpdir(), "chatter-disk-"));
  try {
    await converse({ CHATTER_DATA_DIR: directory });
    using database = new DatabaseSync(join(directory, "chatter.db"), { readOnly: true });
    const rows = database
      .prepare(
        "select s.tbl_name as name, sum(d.pgsize) as bytes from dbstat d join sqlite_schema s on s.name = d.name group by 1",
      )
      .all();
    return new Map(rows.map(({ name, bytes }) => [String(name), Number(bytes)]));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function onPostgres(): Promise<Sizes> {
  const server = await startPostgres();
  try {
    const url = await createDatabase(server.url);
    await converse({ DATABASE_URL: url });
    const client = new Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query<{ name: string; bytes: string }>(
      "select relname as name, pg_total_relation_size(relid) as bytes from pg_stat_user_tables",
    );
    await client.end();
    return new Map(rows.map(({ name, bytes }) => [name, Number(bytes)]));
  } finally {
    await server.stop();
  }
}

function print(engine: string, sizes: Sizes): void {
  for (const [how, tables] of Object.entries(TABLES)) {
    const parts = tables.map((name) => ({
      name,
      kilobytes: (sizes.get(name) ?? 0) / 1024 / CONVERSATIONS / TURNS,
    }));
    const total = parts.reduce((sum, { kilobytes }) => sum + kilobytes, 0);
    const list = parts.map(({ name, kilobytes }) => `${name} ${kilobytes.toFixed(2)}`).join(", ");
    console.log(`${engine}: ${total.toFixed(1)} KB a turn ${how} (${list})`);
  }
}

const characters = Array.from(
  { length: TOKENS },
  (_, index) => WORDS[index % WORDS.length] ?? "",
).join("").length;
console.log(
  `questions of ${QUESTION.length} characters, answers of ${TOKENS} tokens, ${characters} characters`,
);
print("SQLite", await onSqlite());
print("PostgreSQL", await onPostgres());
