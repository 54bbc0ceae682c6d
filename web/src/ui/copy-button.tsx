/** A button that copies a text and says that it has. */
import { type ReactNode, useEffect, useState } from "react";
import { useApp } from "../state/app.ts";
import { IconButton } from "./icon-button.tsx";

const SHOWN_MS = 1600;

export function CopyButton({ label, text }: { label: string; text: () => string }): ReactNode {
  const { announcement } = useApp();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async (): Promise<void> => {
    const done = await copyText(text());
    setCopied(done);
    announcement.set(done ? "Copied." : "The browser did not allow copying.");
  };
  return (
    <IconButton
      icon={copied ? "check" : "copy"}
      label={copied ? "Copied" : label}
      onClick={() => void copy()}
      data-testid="copy"
    />
  );
}

/** The clipboard's own interface is missing on pages served over plain HTTP from another machine. */
async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
