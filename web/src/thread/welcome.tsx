/** What a new chat shows before its first message. */
import type { ReactNode, RefObject } from "react";
import { useStore } from "../api/store.ts";
import { useApp } from "../state/app.ts";
import { Logo } from "../ui/icons.tsx";

const IDEAS: readonly { title: string; text: string }[] = [
  { title: "Explain", text: "Explain in plain words how a large language model works." },
  { title: "Write", text: "Write a short, friendly note that moves a meeting to next week." },
  { title: "Compare", text: "Compare SQLite and PostgreSQL for a small team, as a table." },
  { title: "Review", text: "What should I look at first when I review a pull request?" },
];

export function Welcome({ field }: { field: RefObject<HTMLTextAreaElement | null> }): ReactNode {
  const { thread } = useApp();
  const begin = (text: string): void => {
    field.current?.focus();
    void thread.send(text);
  };
  return (
    <section className="welcome" aria-labelledby="welcome-title">
      <Logo />
      <h2 id="welcome-title">What is on your mind?</h2>
      <ul className="ideas">
        {IDEAS.map(({ title, text }) => (
          <li key={title}>
            <button type="button" onClick={() => begin(text)} data-testid="idea">
              <strong>{title}</strong>
              {text}
            </button>
          </li>
        ))}
      </ul>
      <OfflineHint />
    </section>
  );
}

/** Without a model there is only the built-in one, which is no substitute and says so. */
function OfflineHint(): ReactNode {
  const { models } = useApp();
  const kind = useStore(
    models.state,
    (state) => state.providers.find((provider) => provider.default)?.kind,
  );
  if (kind !== "offline") return null;
  return (
    <p className="hint" data-testid="offline-hint">
      No language model is connected yet, so the built-in offline provider answers. Set{" "}
      <code>OPENAI_API_KEY</code>, or start Ollama, and restart Chatter to talk to a real one.
    </p>
  );
}
