#!/usr/bin/env node
/**
 * The program's entry. It is JavaScript so that compiled modules are kept before the rest of it is read: a later start
 * then compiles nothing, and loads no compiler of TypeScript where it runs from its sources.
 */
import { enableCompileCache, findPackageJSON } from "node:module";
import { dirname, join } from "node:path";

const root = dirname(findPackageJSON("..", import.meta.url));
enableCompileCache(join(root, "node_modules", ".cache", "chatter"));
await import("./cli.ts");
