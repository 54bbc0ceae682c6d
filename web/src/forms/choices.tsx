/** What a select offers. */
import type { ReactNode } from "react";

interface Props {
  /** Each with its value and what it is called. */
  of: readonly (readonly [value: string, label: string])[];
}

/** The options of a select, in their order. */
export function Choices({ of: choices }: Props): ReactNode {
  return choices.map(([value, label]) => (
    <option key={value} value={value}>
      {label}
    </option>
  ));
}
