/** When a person has to agree before a tool runs: what the tool, the template and the administrator say, in one word. */
import type { RunPlan } from "../../contract/runs.ts";
import type { ToolApproval, ToolApprovalRule, ToolApprovals } from "../../contract/tools.ts";
import { policyOf, type ToolPolicy } from "../ports/tools.ts";

const BY_STRICTNESS: readonly ToolApproval[] = ["never", "untrusted", "always"];

/** Whether one asks more often than another. */
export function isStricter(one: ToolApproval, other: ToolApproval): boolean {
  return BY_STRICTNESS.indexOf(one) > BY_STRICTNESS.indexOf(other);
}

/** The one of two that asks more often. */
function stricter(one: ToolApproval, other: ToolApproval): ToolApproval {
  return isStricter(one, other) ? one : other;
}

/** What a tool says, under the administrator's rule. */
function underRule(
  { effect, approval }: Required<ToolPolicy>,
  rule: ToolApprovalRule,
): ToolApproval {
  if (rule === "never") return "never";
  return rule === "always" && effect !== "read" ? "always" : approval;
}

/** What a list says of a tool; a name such as `constructor` finds nothing that is not in it. */
function saidOf(name: string, approvals: ToolApprovals): ToolApproval {
  return Object.hasOwn(approvals, name) ? (approvals[name] ?? "never") : "never";
}

/**
 * When a person has to agree, for each of these tools. A template may ask more often than the tools do, never less;
 * where the administrator says `never`, nobody is asked.
 */
export function planApproval(
  names: readonly string[],
  policy: (name: string) => Required<ToolPolicy>,
  rule: ToolApprovalRule,
  ofTemplate: ToolApprovals,
): ToolApprovals {
  const approvals = names.map((name) => {
    const own = underRule(policy(name), rule);
    return [name, rule === "never" ? own : stricter(own, saidOf(name, ofTemplate))] as const;
  });
  return Object.fromEntries(approvals);
}

/**
 * Whether a person has to agree to a call of a tool. What was planned holds, and what the tool says now where that is
 * stricter. `untrusted`: text that others wrote was before the model when it asked for the call.
 */
export function needsPerson(
  tool: ToolPolicy & { readonly name: string },
  { approval, approval_rule: rule }: NonNullable<RunPlan["tools"]>,
  untrusted: boolean,
): boolean {
  if (rule === "never") return false;
  const own = underRule(policyOf(tool), rule);
  const said = stricter(own, saidOf(tool.name, approval));
  return said === "always" || (said === "untrusted" && untrusted);
}
