#!/usr/bin/env node
/**
 * The program's entry. It is JavaScript so that compiled modules are kept before the first line of TypeScript is
 * read: a later start then loads no compiler, which saves a good part of its time and memory.
 */
import { enableCompileCache } from "node:module";
import { join } from "node:path";

enableCompileCache(join(import.meta.dirname, "..", "node_modules", ".cache", "chatter"));
await import("./cli.ts");
