/** Compiled workflows that are used again. */
import { LRUCache } from "lru-cache";
import type { RunPlan } from "../contract/runs.ts";
import { canonical } from "./canonical.ts";
import type { CompiledWorkflow } from "./execution.ts";

/** Everything that shapes a compiled workflow. Whatever changes gets another version, and so another shape. */
export interface WorkflowShape {
  readonly plan: Pick<
    RunPlan,
    | "workflow"
    | "workflow_template"
    | "template_version"
    | "profile_id"
    | "profile_version"
    | "provider"
    | "model"
    | "fallback_models"
  >;
  readonly retriever: string | null;
  /** Each tool with its version, in the order in which it is bound. */
  readonly tools: readonly (readonly [name: string, version: string])[];
  /** The names of the middleware, from the outermost in. */
  readonly middleware: readonly string[];
}

/**
 * The key of a shape: its parts at every level in one order. It is compared as it stands; a digest would be shorter,
 * and could be the same for two shapes.
 */
export function shapeKey({ plan, retriever, tools, middleware }: WorkflowShape): string {
  return canonical([
    plan.workflow,
    [plan.workflow_template, plan.template_version],
    [plan.profile_id, plan.profile_version],
    [plan.provider, plan.model],
    plan.fallback_models,
    retriever,
    tools,
    middleware,
  ]);
}

export interface CacheStatistics {
  readonly hits: number;
  readonly misses: number;
  readonly evictions: number;
  readonly size: number;
}

const DEFAULT_SIZE = 100;

export class WorkflowCache {
  readonly #workflows: LRUCache<string, CompiledWorkflow>;
  #hits = 0;
  #misses = 0;
  #evictions = 0;

  /** Keeps the `maxSize` shapes that were used last. */
  constructor(maxSize: number = DEFAULT_SIZE) {
    this.#workflows = new LRUCache({
      max: maxSize,
      dispose: (_workflow, _key, reason) => {
        if (reason === "evict") this.#evictions++;
      },
    });
  }

  get statistics(): CacheStatistics {
    return {
      hits: this.#hits,
      misses: this.#misses,
      evictions: this.#evictions,
      size: this.#workflows.size,
    };
  }

  /** The compiled workflow of a shape; null when there is none, which counts as a miss. */
  get(shape: WorkflowShape): CompiledWorkflow | null {
    const compiled = this.#workflows.get(shapeKey(shape)) ?? null;
    if (compiled) this.#hits++;
    else this.#misses++;
    return compiled;
  }

  put(shape: WorkflowShape, compiled: CompiledWorkflow): void {
    this.#workflows.set(shapeKey(shape), compiled);
  }

  /** Forgets everything; the counts go on. */
  clear(): void {
    this.#workflows.clear();
  }
}
