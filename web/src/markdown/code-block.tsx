/** A block of code with its language and a button to copy it. */
import { type ComponentProps, isValidElement, type ReactNode, useRef } from "react";
import { CopyButton } from "../ui/copy-button.tsx";

/** Takes the place of `pre` in Markdown. */
export function CodeBlock({ children }: ComponentProps<"pre">): ReactNode {
  const code = useRef<HTMLPreElement>(null);
  const language = languageOf(children);
  return (
    <figure className="code-block" aria-label={language ? `Code: ${language}` : "Code"}>
      <figcaption>
        <span>{language ?? "text"}</span>
        <CopyButton label="Copy code" text={() => code.current?.textContent ?? ""} />
      </figcaption>
      {/* Long lines scroll, which has to work from the keyboard too. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre ref={code} tabIndex={0}>
        {children}
      </pre>
    </figure>
  );
}

function languageOf(children: ReactNode): string | null {
  if (!isValidElement<{ className?: string }>(children)) return null;
  return /language-(\S+)/.exec(children.props.className ?? "")?.[1] ?? null;
}
