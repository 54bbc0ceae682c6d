/** A button that opens a menu of actions. */
import { type ReactNode, useId, useRef } from "react";
import { Icon, type IconName } from "./icons.tsx";
import { moveFocus } from "./move-focus.ts";
import { Popover } from "./popover.tsx";

interface MenuItem {
  readonly label: string;
  readonly icon: IconName;
  readonly onSelect: () => void;
  readonly danger?: boolean;
  readonly testId?: string;
}

interface Props {
  label: string;
  icon: IconName;
  items: readonly MenuItem[];
  testId?: string;
}

export function Menu({ label, icon, items, testId }: Props): ReactNode {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  return (
    <>
      <button
        ref={button}
        type="button"
        className="icon-button"
        aria-label={label}
        aria-haspopup="menu"
        title={label}
        popoverTarget={id}
        data-testid={testId}
      >
        <Icon name={icon} />
      </button>
      <Popover
        id={id}
        button={button}
        kind="menu"
        label={label}
        className="menu"
        onKeyDown={moveFocus}
      >
        {(close) =>
          items.map((item) => (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              className={item.danger ? "danger" : ""}
              data-testid={item.testId}
              onClick={() => {
                close();
                item.onSelect();
              }}
            >
              <Icon name={item.icon} />
              {item.label}
            </button>
          ))
        }
      </Popover>
    </>
  );
}
