/** Imports a file in which "chatter" means this program, wherever the file is. */
import { registerHooks } from "node:module";
import { extname } from "node:path";

/** The library's entry beside this file: in TypeScript here, in JavaScript where the package was built. */
const LIBRARY = new URL(`../index${extname(import.meta.filename)}`, import.meta.url).href;

/**
 * Imports a module. While it and what it imports are loaded, `import … from "chatter"` leads to the program that is
 * running: a configuration needs no installation beside it, and the errors it throws are those that the program knows,
 * not those of another copy. Throws what the import throws.
 */
export async function importWithSelf(url: string): Promise<Record<string, unknown>> {
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      specifier === "chatter" ? { url: LIBRARY, shortCircuit: true } : next(specifier, context),
  });
  try {
    const module: Record<string, unknown> = await import(url);
    return module;
  } finally {
    hooks.deregister();
  }
}
