/** A button that shows an icon and has a name. */
import type { ComponentProps, ReactNode } from "react";
import { Icon, type IconName } from "./icons.tsx";

interface Props extends Omit<ComponentProps<"button">, "children" | "aria-label"> {
  icon: IconName;
  label: string;
}

/** The label is read aloud and shown as a tooltip. */
export function IconButton({ icon, label, className = "", ...rest }: Props): ReactNode {
  return (
    <button
      type="button"
      className={`icon-button ${className}`}
      aria-label={label}
      title={label}
      {...rest}
    >
      <Icon name={icon} />
    </button>
  );
}
