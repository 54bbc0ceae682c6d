/** Leads to where somebody agrees to what a tool server asks for. */
import { type ReactNode, useEffect, useState } from "react";
import type { Authorization, ToolServer } from "../../../src/client/index.ts";
import { explain, type Explanation } from "../api/errors.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Notice } from "../ui/notice.tsx";

interface Props {
  server: ToolServer;
  /** The server's word where to go. It was asked for once: each word makes those before it useless. */
  asked: Promise<Authorization>;
  onClose: () => void;
}

/** Where the browser is to go; null for what is no address of the web, such as a script. */
function webAddress(text: string): URL | null {
  const url = URL.parse(text);
  return url && /^https?:$/.test(url.protocol) ? url : null;
}

/**
 * The address is asked for first and opened by a link that somebody follows: a window that opens by itself is held back
 * by browsers.
 */
export function AuthorizeDialog({ server, asked, onClose }: Props): ReactNode {
  const [address, setAddress] = useState<URL | null>(null);
  const [problem, setProblem] = useState<Explanation | null>(null);
  const { name } = server;
  useEffect(() => {
    let gone = false;
    asked.then(
      ({ authorization_url: text }) => {
        if (gone) return;
        const url = webAddress(text);
        setAddress(url);
        if (!url) setProblem(explain(new Error(`${name} names no address of the web.`)));
      },
      (error: unknown) => {
        if (!gone) setProblem(explain(error));
      },
    );
    return () => {
      gone = true;
    };
  }, [asked, name]);
  return (
    <Dialog title={`Authorize ${name}`} onClose={onClose} testId="authorize-dialog">
      {problem ? (
        <Notice what={problem} />
      ) : address ? (
        <p>
          {`${address.host} asks whether Chatter may use its tools. It opens in a window of its own; come back here when you have agreed.`}
        </p>
      ) : (
        <p>Asking the server…</p>
      )}
      <div className="dialog-actions">
        <button type="button" className="button" onClick={onClose}>
          {problem ? "Close" : "Cancel"}
        </button>
        {address && (
          <a
            className="button button-primary"
            href={address.href}
            target="_blank"
            rel="noopener noreferrer"
            data-testid="authorize-link"
            onClick={onClose}
          >
            Go there
          </a>
        )}
      </div>
    </Dialog>
  );
}
