/** Keys that work anywhere in the page. */
import { type RefObject, useEffect } from "react";
import type { App } from "./state/app.ts";

interface Targets {
  readonly app: App;
  readonly composer: RefObject<HTMLTextAreaElement | null>;
  readonly openSearch: () => void;
  readonly showShortcuts: () => void;
}

/** Listens as long as the component is there. */
export function useShortcuts(targets: Targets): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const action = actionFor(event, targets);
      if (!action) return;
      event.preventDefault();
      action();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  });
}

function actionFor(event: KeyboardEvent, targets: Targets): (() => void) | null {
  // A dialog or a menu has the keyboard to itself.
  if (event.isComposing || document.querySelector("dialog[open], [popover]:popover-open"))
    return null;
  const { app } = targets;
  if (event.ctrlKey || event.metaKey) return withModifier(event, targets);
  // The conversation is out of sight, and so are its answer and its field.
  if (app.router.route.get().place !== "chat") {
    return event.key === "?" && !isTyping(event.target) ? targets.showShortcuts : null;
  }
  if (event.key === "Escape" && app.thread.state.get().live) return () => void app.thread.stop();
  if (isTyping(event.target)) return null;
  if (event.key === "/") return () => targets.composer.current?.focus();
  if (event.key === "?") return targets.showShortcuts;
  return null;
}

function withModifier(event: KeyboardEvent, { app, openSearch }: Targets): (() => void) | null {
  const key = event.key.toLowerCase();
  if (key === "k" && !event.shiftKey) return openSearch;
  if (key === "o" && event.shiftKey) return app.newChat;
  if (key === "l" && event.shiftKey) return () => switchTheme(app);
  return null;
}

function switchTheme({ preferences }: App): void {
  const { theme } = preferences.state.get();
  const systemDark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  const dark = theme === "dark" || (theme === "system" && systemDark);
  preferences.setTheme(dark ? "light" : "dark");
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches("input, textarea, select");
}
