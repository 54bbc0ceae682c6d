/** Asks for an API key when the server wants one. */
import { type ReactNode, type SubmitEvent, useState } from "react";
import { ChatterError } from "../../../src/client/index.ts";
import { explain, type Explanation } from "../api/errors.ts";
import { useApp } from "../state/app.ts";
import { Logo } from "../ui/icons.tsx";
import { Notice } from "../ui/notice.tsx";

export function KeyPrompt(): ReactNode {
  const { session } = useApp();
  const [problem, setProblem] = useState<Explanation | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const key = form.get("key");
    if (typeof key !== "string" || key.trim() === "") return;
    setBusy(true);
    try {
      await session.signIn(key.trim(), form.has("keep"));
    } catch (error) {
      setProblem(refusal(error));
      setBusy(false);
    }
  };
  return (
    <main className="key-prompt" data-testid="key-prompt">
      <form onSubmit={(event) => void submit(event)}>
        <Logo />
        <h1>Welcome to Chatter</h1>
        <p>This server asks for an API key. Whoever runs it can give you one.</p>
        <label>
          API key
          <input
            name="key"
            type="password"
            autoComplete="current-password"
            required
            data-testid="key"
          />
        </label>
        <label className="keep">
          <input name="keep" type="checkbox" />
          Remember it on this device
        </label>
        {problem && <Notice what={problem} testId="key-problem" />}
        <button
          type="submit"
          className="button button-primary"
          disabled={busy}
          data-testid="sign-in"
        >
          {busy ? "Checking…" : "Sign in"}
        </button>
      </form>
    </main>
  );
}

function refusal(error: unknown): Explanation {
  if (!(error instanceof ChatterError) || error.code !== "UNAUTHENTICATED") return explain(error);
  return {
    title: "The server did not accept this key",
    detail: "Check that it is complete and has not been revoked or expired.",
    fields: [],
    requestId: null,
  };
}
