/** A button that opens a menu of actions. */
import { type KeyboardEvent, type ReactNode, useId, useRef } from "react";
import { Icon, type IconName } from "./icons.tsx";

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

/** The menu is a popover: above everything, closed by Escape and by a click beside it. */
export function Menu({ label, icon, items, testId }: Props): ReactNode {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const menu = useRef<HTMLDivElement>(null);
  const select = (item: MenuItem): void => {
    menu.current?.hidePopover();
    item.onSelect();
  };
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
      <div
        ref={menu}
        id={id}
        role="menu"
        tabIndex={-1}
        aria-label={label}
        popover="auto"
        className="menu"
        onKeyDown={moveFocus}
        onToggle={(event) => {
          if (event.newState === "open" && button.current)
            place(event.currentTarget, button.current);
        }}
      >
        {items.map((item) => (
          <button
            key={item.label}
            type="button"
            role="menuitem"
            className={item.danger ? "danger" : ""}
            data-testid={item.testId}
            onClick={() => select(item)}
          >
            <Icon name={item.icon} />
            {item.label}
          </button>
        ))}
      </div>
    </>
  );
}

/** Below the button or above it, wherever there is room, and within the window. */
function place(menu: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect();
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = at.bottom + height + 12 < window.innerHeight;
  menu.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - height - 4)}px`;
  menu.style.left = `${Math.max(8, Math.min(at.right - width, window.innerWidth - width - 8))}px`;
  menu.querySelector("button")?.focus();
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const items = [...event.currentTarget.querySelectorAll("button")];
  const now = items.findIndex((item) => item === document.activeElement);
  const step = STEPS[event.key];
  let next = -1;
  if (step !== undefined) next = (now + step + items.length) % items.length;
  else if (event.key === "Home") next = 0;
  else if (event.key === "End") next = items.length - 1;
  else if (event.key === "Tab") event.currentTarget.hidePopover();
  if (next < 0) return;
  event.preventDefault();
  items[next]?.focus();
}
