import { describe, expect, it } from "vitest";
import type { ToolApproval, ToolApprovalRule, ToolEffect } from "../../contract/tools.ts";
import { needsPerson, planApproval } from "./approval.ts";
import { argumentsHash } from "./arguments-hash.ts";
import { policyOf, type ToolPolicy } from "../ports/tools.ts";
import { withTools } from "../testing/plans.ts";

/** What a plan says of one tool. */
function planned(policy: ToolPolicy, rule: ToolApprovalRule, template?: ToolApproval): unknown {
  const ofTemplate = template === undefined ? {} : { act: template };
  return planApproval(["act"], () => policyOf(policy), rule, ofTemplate)["act"];
}

describe("when a person has to agree", () => {
  it.each<[effect: ToolEffect | undefined, own: ToolApproval | undefined, ToolApproval]>([
    ["read", undefined, "never"],
    ["write", undefined, "untrusted"],
    ["outside", undefined, "untrusted"],
    [undefined, undefined, "untrusted"],
    ["read", "always", "always"],
    ["write", "never", "never"],
  ])("is said by the tool: effect %s and approval %s mean %s", (effect, approval, expected) => {
    const policy = { ...(effect && { effect }), ...(approval && { approval }) };
    expect(planned(policy, "policy")).toBe(expected);
  });

  it.each<[own: ToolApproval, template: ToolApproval, ToolApproval]>([
    ["never", "untrusted", "untrusted"],
    ["untrusted", "always", "always"],
    ["untrusted", "never", "untrusted"],
    ["always", "never", "always"],
    ["always", "untrusted", "always"],
  ])(
    "a template may say more often, never less: %s and %s mean %s",
    (approval, template, expected) => {
      expect(planned({ effect: "write", approval }, "policy", template)).toBe(expected);
    },
  );

  it.each<[rule: ToolApprovalRule, policy: ToolPolicy, ToolApproval]>([
    ["always", { effect: "write", approval: "never" }, "always"],
    ["always", { effect: "read" }, "never"],
    ["always", { effect: "read", approval: "untrusted" }, "untrusted"],
    ["never", { effect: "outside", approval: "always" }, "never"],
  ])("the administrator's %s goes before what the tool says", (rule, policy, expected) => {
    expect(planned(policy, rule)).toBe(expected);
    const { tools } = withTools(["act"], { approval_rule: rule });
    if (!tools) throw new Error("The plan has no tools.");
    expect(needsPerson({ name: "act", ...policy }, tools, false)).toBe(expected === "always");
  });

  it("nobody is asked for a template where the administrator says so", () => {
    expect(planned({ effect: "write" }, "never", "always")).toBe("never");
  });

  it("the plan holds, and what the tool says by now where that is stricter", () => {
    const { tools } = withTools(["act"], { approval: { act: "untrusted" } });
    if (!tools) throw new Error("The plan has no tools.");
    const said = (approval: ToolApproval, untrusted: boolean) =>
      needsPerson({ name: "act", effect: "write", approval }, tools, untrusted);
    expect(said("never", false)).toBe(false);
    expect(said("never", true)).toBe(true);
    expect(said("always", false)).toBe(true);
    // A name that every object knows is no name in the plan.
    expect(needsPerson({ name: "constructor", effect: "read" }, tools, true)).toBe(false);
  });
});

describe("the hash of a call", () => {
  const hash = (args: Record<string, unknown>, name = "act") =>
    argumentsHash({ name, arguments: args });

  it("is the same for the same arguments, whatever the order of their keys", async () => {
    expect(await hash({ a: 1, b: { c: [1, 2], d: null } })).toBe(
      await hash({ b: { d: null, c: [1, 2] }, a: 1 }),
    );
    expect(await hash({})).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<[what: string, one: Promise<string>, other: Promise<string>]>([
    ["value", hash({ a: 1 }), hash({ a: "1" })],
    ["order of a list", hash({ a: [1, 2] }), hash({ a: [2, 1] })],
    ["name", hash({}, "act"), hash({}, "acts")],
    ["lone half of a character", hash({ a: "\ud800" }), hash({ a: "\ufffd" })],
  ])("is another for another %s", async (_what, one, other) => {
    expect(await one).not.toBe(await other);
  });
});
