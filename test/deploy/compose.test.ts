/** The image, and the compose file that starts it twice, say what the program says. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { Client } from "pg";
import { expect, inject, it } from "vitest";
import { parseDuration } from "../../src/config/duration.ts";
import { openPostgresStore } from "../../src/storage/postgres/open.ts";
import { all, environmentOf, only, stagesOf } from "./dockerfile.ts";
import {
  CLOSING_MS,
  configOf,
  MOST_BYTES,
  operatorPaths,
  readText,
  readYaml,
  ROOT,
} from "./files.ts";

interface Service {
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly networks: readonly string[];
  readonly stop_grace_period?: string;
  readonly mem_limit?: string;
}

const [build = [], image = []] = stagesOf(await readText("deploy", "Dockerfile"));
const [compose] = (await readYaml("deploy", "compose.yaml")) as [
  {
    readonly services: Readonly<Record<string, Service>>;
    readonly configs: { readonly database: { readonly content: string } };
  },
];
const { services } = compose;
const instances = Object.entries(services).filter(([name]) => name.startsWith("chatter-"));

/** What `deploy/.env` must have, with values of the right kind. */
const GIVEN: Readonly<Record<string, string>> = {
  DOMAIN: "chat.example.com",
  POSTGRES_PASSWORD: "0".repeat(64),
  DATABASE_PASSWORD: "3".repeat(64),
  CHATTER_BOOTSTRAP_KEY: "1".repeat(64),
  CHATTER_SECRET_KEY: "2".repeat(64),
};

/** Fills variables in as compose does: `${NAME:?message}` must be there, `${NAME:-}` may be. */
function fill(text: string, given: Readonly<Record<string, string>>): string {
  return text.replaceAll(
    /\$\{(\w+):(\?|-)([^}]*)\}/g,
    (_, name: string, kind: string, rest: string) => {
      if (kind === "?" && !given[name]) throw new Error(`${name}: ${rest}`);
      return given[name] ?? (kind === "-" ? rest : "");
    },
  );
}

function environmentIn(service: Service, given = GIVEN): Record<string, string> {
  const pairs = Object.entries(service.environment ?? {});
  return Object.fromEntries(pairs.map(([name, value]) => [name, fill(value, given)]));
}

it("builds with the Node that the tests run on", async () => {
  const { devDependencies } = JSON.parse(await readText("package.json"));
  for (const stage of [build, image]) {
    expect(only(stage, "FROM").text).toMatch(`node:${devDependencies.node}-`);
  }
});

it("builds from files that are there and are sent to the builder", async () => {
  const allowed = (await readText(".dockerignore"))
    .split("\n")
    .filter((line) => line.startsWith("!"));
  const sources = [...build, ...image]
    .filter(({ name, flags }) => name === "COPY" && flags["from"] === undefined)
    .flatMap(({ text }) => text.split(/\s+/).slice(0, -1));
  expect(sources).toContain("src");
  for (const source of sources) {
    expect(allowed).toContain(`!${source}`);
    await stat(join(ROOT, source));
  }
  expect(allowed.toSorted()).toEqual(sources.map((source) => `!${source}`).toSorted());
});

it("runs as somebody who owns the data and nothing else", () => {
  const [user] = only(image, "USER").text.split(":");
  const { CHATTER_DATA_DIR } = environmentOf(image);
  expect(Number(user)).toBeGreaterThan(0);
  expect(only(image, "VOLUME").text).toBe(CHATTER_DATA_DIR);
  const folder = all(image, "RUN").find(({ text }) => text.endsWith(` ${CHATTER_DATA_DIR}`));
  expect(folder?.flags).toMatchObject({ owner: user, group: user });
  expect(only(image, "EXPOSE").text).toBe(environmentOf(image)["CHATTER_PORT"]);
  expect(only(image, "HEALTHCHECK").text).toContain("}/healthz`");
  expect(operatorPaths()).toContain("/healthz");
});

it("starts instances with the same, valid settings", () => {
  expect(instances).toHaveLength(2);
  for (const [, service] of instances) {
    expect(environmentIn(service)).toEqual(environmentIn(instances[0]![1]));
    const config = configOf({ ...environmentOf(image), ...environmentIn(service) });
    expect(config).toMatchObject({
      host: "0.0.0.0",
      auth: { mode: "required", bootstrapKey: GIVEN["CHATTER_BOOTSTRAP_KEY"] },
      databaseUrl: `postgres://chatter:${GIVEN["DATABASE_PASSWORD"]}@postgres:5432/chatter`,
      publicUrl: "https://chat.example.com",
      warnings: [],
    });
    expect(config.secretKeys).toHaveLength(1);
  }
});

it("signs in as somebody whom row-level security holds for", async () => {
  const statements = compose.configs.database.content
    .replace("\\getenv password DATABASE_PASSWORD\n", "")
    .replace(":'password'", `'${GIVEN["DATABASE_PASSWORD"]}'`)
    .replace("create extension vector;\n", "");
  const [role = "", database = "", connect] = statements.trim().split("\n");
  expect(connect).toBe("\\connect chatter");
  const name = `compose_${process.pid}`;
  const server = new Client({ connectionString: inject("postgresUrl") });
  await server.connect();
  try {
    for (const statement of [role, database])
      await server.query(statement.replaceAll("chatter", name));
    const url = new URL(inject("postgresUrl"));
    Object.assign(url, {
      username: name,
      password: GIVEN["DATABASE_PASSWORD"],
      pathname: `/${name}`,
    });
    const store = await openPostgresStore(url.href, { onIdleError: () => {} });
    expect(await store.keepsOwnersApart()).toBe(true);
    await store.close();
  } finally {
    await server.query(`drop database if exists ${name}`);
    await server.query(`drop role if exists ${name}`);
    await server.end();
  }
});

it.each(Object.keys(GIVEN))("starts nothing without %s", (missing) => {
  const given = { ...GIVEN, [missing]: "" };
  const start = (): unknown => Object.values(services).map((each) => environmentIn(each, given));
  expect(start).toThrow(missing);
});

it("has no secret of its own", () => {
  const variables = Object.values(services).flatMap(({ environment = {} }) =>
    Object.entries(environment),
  );
  const secrets = variables.filter(([name]) => /KEY|PASSWORD|SECRET/.test(name));
  expect(secrets.length).toBeGreaterThan(4);
  for (const [name, value] of secrets) expect(value).toMatch(new RegExp(`^\\$\\{${name}:`));
});

it("gives an instance the time and memory that it may take", () => {
  for (const [, service] of instances) {
    const { stopDelayMs, drainTimeoutMs } = configOf(environmentIn(service));
    const grace = parseDuration(service.stop_grace_period ?? "") ?? 0;
    expect(grace).toBeGreaterThanOrEqual(stopDelayMs + drainTimeoutMs + CLOSING_MS);
    const [, gigabytes] = /^(\d+)g$/.exec(service.mem_limit ?? "") ?? [];
    expect(Number(gigabytes) * 1024 ** 3).toBeGreaterThan(MOST_BYTES);
  }
});

it("lets nobody past the proxy", () => {
  const published = Object.entries(services).filter(([, { ports }]) => ports);
  expect(published.map(([name]) => name)).toEqual(["proxy"]);
  expect(services["proxy"]?.networks).toEqual(["front"]);
  expect(services["postgres"]?.networks).toEqual(["database"]);
});

it("has the proxy ask each instance whether it is ready", async () => {
  const caddyfile = await readText("deploy", "Caddyfile");
  const port = environmentOf(image)["CHATTER_PORT"];
  const upstreams = instances.map(([name]) => `${name}:${port}`).join(" ");
  expect(caddyfile).toContain(`reverse_proxy ${upstreams} {`);
  const [, health = ""] = /health_uri (\S+)/.exec(caddyfile) ?? [];
  expect(operatorPaths()).toContain(health);
  expect(health).toBe("/readyz");
  // By then it has asked, and had its answer.
  const [interval = "", timeout = ""] = ["interval", "timeout"].map(
    (name) => new RegExp(`health_${name} (\\S+)`).exec(caddyfile)?.[1],
  );
  const noticedMs = (parseDuration(interval) ?? 0) + (parseDuration(timeout) ?? 0);
  const { stopDelayMs } = configOf(environmentIn(instances[0]![1]));
  expect(noticedMs).toBeGreaterThan(0);
  expect(stopDelayMs).toBeGreaterThan(noticedMs);
  expect(caddyfile).toContain("flush_interval -1");
  expect(caddyfile).toMatch(/@operators path \/metrics \/readyz\n\s*respond @operators 404/);
});
