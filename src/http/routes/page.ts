/** The built page: its files, and its index for every address that is a place in the page. */
import { readFile } from "node:fs/promises";
import { extname, join, normalize, sep } from "node:path";
import type { Context, Hono } from "hono";
import { NotFoundError } from "../../workflow/errors.ts";
import type { AppEnv } from "../context.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".json": "application/json",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

/** Nothing is loaded from other hosts, no script stands in the page, nobody may frame it. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The browsable API document comes from a library that sets its own inline styles. */
const DOCS_POLICY = CONTENT_SECURITY_POLICY.replace(
  "style-src 'self'",
  "style-src 'self' 'unsafe-inline'",
);

interface Asset {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

async function readAsset(root: string, path: string): Promise<Asset | null> {
  const file = normalize(join(root, path));
  const type = TYPES[extname(file)];
  if (type === undefined || !file.startsWith(root + sep)) return null;
  try {
    return { body: new Uint8Array(await readFile(file)), type };
  } catch {
    return null;
  }
}

function send(c: Context<AppEnv>, asset: Asset, policy: string, cacheControl: string): Response {
  return c.body(asset.body, 200, {
    "content-type": asset.type,
    "content-security-policy": policy,
    "cache-control": cacheControl,
  });
}

/** Serves the page from `root`, where the build put it. Files with a hash in their name never change. */
export function pageRoutes(app: Hono<AppEnv>, root: string): void {
  app.get("/docs", async (c) => {
    const docs = await readAsset(root, "docs.html");
    if (!docs) throw new NotFoundError("The page of the API document (run npm run build:web)");
    return send(c, docs, DOCS_POLICY, "no-cache");
  });

  app.get("/assets/*", async (c) => {
    const asset = await readAsset(root, c.req.path);
    if (!asset) throw new NotFoundError(c.req.path);
    return send(c, asset, CONTENT_SECURITY_POLICY, "public, max-age=31536000, immutable");
  });

  const page = async (c: Context<AppEnv>): Promise<Response> => {
    const asset =
      (c.req.path === "/" ? null : await readAsset(root, c.req.path)) ??
      (await readAsset(root, "index.html"));
    if (!asset) throw new NotFoundError("The page (run npm run build:web)");
    return send(c, asset, CONTENT_SECURITY_POLICY, "no-cache");
  };
  app.get("/", page);
  app.get("/c/:id", page);
  app.get("/documents", page);
  app.get("/documents/:id", page);
  app.get("/retrievers", page);
  app.get("/tools", page);
  app.get("/tickets", page);
  app.get("/tickets/:id", page);
  app.get("/:file{[a-z0-9-]+\\.(svg|png|ico|webmanifest)}", page);
}
