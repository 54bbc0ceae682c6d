/** The command line. Each command is a file under `cli/`, loaded when it is called. */
import { Command } from "commander";
import { VERSION } from "./version.ts";

/** A failure that its message explains: it is printed without a stack. */
async function fail(error: unknown): Promise<never> {
  const { explain } = await import("./cli/explain.ts");
  console.error(`chatter: ${explain(error)}`);
  process.exit(1);
}

const program = new Command("chatter")
  .description("A self-hosted AI chat server: durable, streaming, resumable.")
  .version(VERSION)
  .showHelpAfterError("(chatter --help lists the commands)")
  .addHelpText(
    "after",
    `
Examples:
  chatter serve                          start the server and its page on http://127.0.0.1:8000
  chatter chat "What can you do?"        ask a running server and watch the answer come
  chatter chat --continue "And then?"    go on with the newest conversation
  chatter keys create --name laptop      make an API key; it is shown once
  chatter doctor                         say what is configured, reachable and wrong
  chatter db backup --to FILE            back up the embedded database, also while a server runs
  chatter db copy --to postgres://…      move from the embedded database to PostgreSQL
  chatter db migrate                     bring the database up to date, as a server does at its start
  chatter db index                       build the indexes that extensions of PostgreSQL offer for searches

Settings come from the environment, a .env file or chatter.config.ts in this directory; see the README.`,
  );

program
  .command("serve")
  .description("start the server")
  .action(async () => {
    const { serve } = await import("./cli/serve.ts");
    await serve();
  });

program
  .command("chat")
  .description("send a message to a running server and stream the answer into the terminal")
  .argument("<message>", "what to say; - reads it from standard input")
  .option("-c, --continue", "go on with the newest conversation")
  .option("--conversation <id>", "go on with this conversation")
  .option("-m, --model <model>", "the model to ask")
  .option("-p, --provider <provider>", "the provider to ask")
  .option("-s, --system <prompt>", "a system prompt for this message")
  .option("--url <url>", "the server (or CHATTER_URL)", process.env["CHATTER_URL"])
  .option("--key <key>", "an API key (or CHATTER_API_KEY)", process.env["CHATTER_API_KEY"])
  .action(async (message, options) => {
    const { chat } = await import("./cli/chat.ts");
    await chat(message, options);
  });

const keys = program.command("keys").description("make, list and revoke API keys");
keys
  .command("create")
  .description("make a key; it is shown once")
  .requiredOption("--name <name>", "what the key is for")
  .option("--user <id>", "whose key it is (default: a new user)")
  .option("--scopes <list>", "read, write, admin, with commas", "read,write")
  .option("--expires <time>", "when it ends, for example 2027-01-31T00:00:00Z (default: never)")
  .action(async (options) => {
    const { createKey } = await import("./cli/keys.ts");
    await createKey(options);
  });
keys
  .command("list")
  .description("list the keys that are valid, without their secrets")
  .option("--user <id>", "only this user's")
  .action(async (options) => {
    const { listKeys } = await import("./cli/keys.ts");
    await listKeys(options);
  });
keys
  .command("revoke")
  .description("revoke a key")
  .argument("<id>", "the key's id, as the list shows it")
  .action(async (id) => {
    const { revokeKey } = await import("./cli/keys.ts");
    await revokeKey(id);
  });

const database = program.command("db").description("look after the database");
database
  .command("migrate")
  .description("bring the schema of the database up to date, and say what was done")
  .option("--check", "only say what is pending, and exit with 1 when something is")
  .addHelpText(
    "after",
    `
A server does the same at its start, unless CHATTER_MIGRATE is off. An embedded database must not be in use.

Examples:
  chatter db migrate --check && chatter serve     start only where nothing is pending
  DATABASE_URL=postgres://… chatter db migrate    before the first instance of a new version starts`,
  )
  .action(async (options) => {
    const { migrateDatabase } = await import("./cli/db/migrate.ts");
    await migrateDatabase(options);
  });

database
  .command("backup")
  .description("write the embedded database to a new file, beside a running server")
  .requiredOption("--to <file>", "the file to make")
  .addHelpText(
    "after",
    `
To restore it, stop the server and put the file into an empty data directory as chatter.db, with secret.key beside it.
docs/operations/backup.md says more, also about PostgreSQL.

Example:
  chatter db backup --to /backups/chatter-$(date +%F).db`,
  )
  .action(async (options) => {
    const { backup } = await import("./cli/db/backup.ts");
    await backup(options);
  });
database
  .command("copy")
  .description("copy the embedded database to an empty PostgreSQL, and check the copy")
  .option("--from <directory>", "the data directory (default: CHATTER_DATA_DIR)")
  .option("--to <url>", "the address of the PostgreSQL (default: DATABASE_URL)")
  .addHelpText(
    "after",
    `
Stop the server first. The source is not changed. Everything is copied in one transaction: a copy that breaks off leaves
the target empty. Secrets of tool servers stay sealed with the key that they were sealed with: it must go along.

Examples:
  chatter db copy --from ./data --to postgres://chatter@db.example.com/chatter
  DATABASE_URL=postgres://… chatter db copy       the password is in no list of processes then`,
  )
  .action(async (options) => {
    const { copy } = await import("./cli/db/copy.ts");
    await copy(options);
  });

database
  .command("index")
  .description("build the indexes that pgvector and pg_textsearch offer for searches in PostgreSQL")
  .option("--drop", "drop them instead")
  .option("--from <count>", "how many vectors of one model are worth an index (default: 20000)")
  .addHelpText(
    "after",
    `
It takes minutes to hours for millions of chunks, and writers go on meanwhile. Running servers use an index from their next
search on. What is there already stays; what was broken off is built anew. An extension that is not there is not installed:
an administrator does that. chatter doctor says which way searches go.

Examples:
  chatter db index                  after CREATE EXTENSION vector, or pg_textsearch, and when much has come in
  chatter db index --from 0         also for what is small yet and will grow
  chatter db index --drop           back to plain SQL`,
  )
  .action(async (options) => {
    const { indexDatabase } = await import("./cli/db/index-search.ts");
    await indexDatabase(options);
  });

program
  .command("doctor")
  .description("say what is configured, reachable and wrong")
  .action(async () => {
    const { doctor } = await import("./cli/doctor.ts");
    await doctor();
  });

await program.parseAsync().catch(fail);
