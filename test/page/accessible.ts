/** What somebody needs who does not see the page, or has no mouse. */
import type { Page } from "playwright-core";

/** Runs in the page: what is wrong with the elements that are in sight, in words. */
const FIND_FAULTS = `() => {
  const visible = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: false });
  const nameOf = (element) =>
    element.getAttribute("aria-label") ||
    (element.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join("") ||
    [...(element.labels ?? [])].map((label) => label.textContent).join("") ||
    (element.matches("input, select, textarea, dialog") ? "" : element.textContent) ||
    element.getAttribute("title") || "";
  const show = (element) => element.outerHTML.slice(0, 160);
  const faults = [];
  for (const element of document.querySelectorAll("button, a[href], input, select, textarea, summary, dialog, [role^=menu], [role=dialog]")) {
    if (visible(element) && nameOf(element).trim() === "") faults.push("no name: " + show(element));
  }
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  for (const id of ids.filter((id, index) => ids.indexOf(id) < index)) faults.push("twice: #" + id);
  for (const attribute of ["aria-labelledby", "aria-describedby", "aria-controls", "for", "list", "popovertarget"]) {
    for (const element of document.querySelectorAll("[" + attribute + "]")) {
      for (const id of element.getAttribute(attribute).split(" ").filter(Boolean)) {
        if (!document.getElementById(id)) faults.push(attribute + " leads nowhere: " + show(element));
      }
    }
  }
  for (const element of document.querySelectorAll("[tabindex]")) {
    if (element.tabIndex > 0) faults.push("jumps the queue: " + show(element));
  }
  for (const element of document.querySelectorAll("form form, p div, button button")) {
    faults.push("stands where it must not: " + show(element));
  }
  return faults;
}`;

/** What is wrong; empty is good. */
export function accessibilityFaults(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(${FIND_FAULTS})()`);
}

/** The text that a screen reader adds to a control. */
export function descriptionOf(page: Page, testId: string): Promise<string> {
  return page.evaluate<string>(`(() => {
    const control = document.querySelector('[data-testid="${testId}"]');
    const ids = (control.getAttribute("aria-describedby") ?? "").split(" ").filter(Boolean);
    return ids.map((id) => document.getElementById(id).textContent).join(" ");
  })()`);
}

/** Waits until the element of this name has the focus. */
export function focused(page: Page, testId: string): Promise<void> {
  return page.locator(`[data-testid="${testId}"]:focus`).waitFor({ timeout: 15_000 });
}
