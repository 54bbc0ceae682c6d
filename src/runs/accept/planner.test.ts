import { describe, expect, it, vi } from "vitest";
import { BUILT_IN_WORKFLOWS } from "../../workflow/plan/rules.ts";
import type { RegenerateRequest } from "../../contract/chat.ts";
import type { Store } from "../../workflow/ports/store.ts";
import type { WorkflowTemplateManager } from "../../workflow/templates/manager.ts";
import { UNKNOWN_POLICY } from "../../workflow/ports/tools.ts";
import { Planner, type PlannerPorts } from "./planner.ts";

/** A planner of a server whose tool `late` is there once it was waited for. */
function planner(waits: boolean) {
  const tools = ["early"];
  const prepare = vi.fn<NonNullable<PlannerPorts["prepare"]>>(() => {
    if (waits) tools.push("late");
    return Promise.resolve(waits);
  });
  const available = () => ({
    providers: new Map([["scripted", { defaultModel: "m" }]]),
    defaultProvider: "scripted",
    workflows: BUILT_IN_WORKFLOWS,
    tools: [...tools],
    retrievers: [],
    defaults: {},
    abTestGroups: [],
    toolPolicy: () => UNKNOWN_POLICY,
    toolApproval: "policy" as const,
    toolSearchAbove: null,
  });
  const template = {
    name: "t",
    workflow_type: "tools",
    required_tools: ["late"],
    required_retrievers: [],
    default_parameters: {},
  };
  const templates = {
    get: () => Promise.resolve(template),
    names: () => Promise.resolve(["t"]),
  } as unknown as WorkflowTemplateManager;
  const made = new Planner({ store: {} as Store, templates, available, prepare });
  const plan = (request: RegenerateRequest) => made.plan("ann", request, null);
  return { plan, prepare };
}

describe("planning with tools that may yet come", () => {
  it("waits for those that the request names, before it says that there are none", async () => {
    const { plan, prepare } = planner(true);
    const planned = await plan({ workflow: "tools", allowed_tools: ["late"] });
    expect(planned.plan?.tools?.names).toEqual(["late"]);
    expect(prepare.mock.calls).toEqual([[["late"]]]);
    const without = await planner(false).plan({ workflow: "tools", allowed_tools: ["late"] });
    expect(without.errors[0]?.message).toContain('"late" is no tool');
  });

  it("waits for any where a run takes all there are, and takes those that have come", async () => {
    const { plan, prepare } = planner(true);
    expect((await plan({ workflow: "tools" })).plan?.tools?.names).toEqual(["early", "late"]);
    expect(prepare.mock.calls).toEqual([[null]]);
    expect((await planner(false).plan({ workflow: "tools" })).plan?.tools?.names).toEqual([
      "early",
    ]);
  });

  it("waits for those that the template needs", async () => {
    const { plan, prepare } = planner(true);
    const planned = await plan({ workflow_template: "t" });
    expect(prepare.mock.calls).toEqual([[["late"]]]);
    expect(planned.plan?.tools?.names).toEqual(["late"]);
  });

  it("waits for nothing where a run has no tools, or allows none", async () => {
    const { plan, prepare } = planner(true);
    await plan({ workflow: "plain" });
    expect(prepare).not.toHaveBeenCalled();
    await plan({ workflow: "tools", allowed_tools: [] });
    expect(prepare.mock.calls).toEqual([[[]]]);
  });
});
