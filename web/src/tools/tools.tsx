/** All tools that models may call, to look at and to try, and the servers that some come from. */
import { type ReactNode, useEffect, useState } from "react";
import type { ToolInfo } from "../../../src/client/index.ts";
import { explain } from "../api/errors.ts";
import { useStore } from "../api/store.ts";
import { useApp } from "../state/app.ts";
import { Icon } from "../ui/icons.tsx";
import { Notice } from "../ui/notice.tsx";
import { ToolServers } from "./tool-servers.tsx";
import { byOrigin, matching, policyText } from "./tool-words.ts";
import { TryTool } from "./try-tool.tsx";
import "./tools-place.css";

/** From so many on, a list has to be searched. */
const MANY = 6;

export function Tools(): ReactNode {
  const { tools } = useApp();
  const { items, phase, error } = useStore(tools.state, (state) => state);
  const [words, setWords] = useState("");
  const [tried, setTried] = useState<ToolInfo | null>(null);
  useEffect(() => void tools.loadAll(), [tools]);
  const shown = matching(items, words);
  return (
    <div className="place-scroller" data-testid="tools-page">
      <div className="place-content">
        <div className="place-title">
          <h1>Tools</h1>
          {items.length > MANY && <Search words={words} onWords={setWords} />}
        </div>
        <p className="place-intro">
          What a model may call in the ways of answering that use tools. Try one to see what it
          gives.
        </p>
        {phase === "loading" && <p className="place-note">Loading…</p>}
        {phase === "failed" && items.length === 0 && (
          <Notice what={explain(error)} testId="tools-failed">
            <button type="button" className="button" onClick={() => void tools.loadAll()}>
              <Icon name="retry" />
              Try again
            </button>
          </Notice>
        )}
        {phase === "ready" && shown.length === 0 && (
          <p className="place-note" data-testid="no-tools">
            {items.length === 0 ? "This server has no tools." : "None is called or does that."}
          </p>
        )}
        {byOrigin(shown).map(([origin, group]) => (
          <Group key={origin} title={origin} tools={group} onTry={setTried} />
        ))}
        <ToolServers />
      </div>
      {tried && <TryTool key={tried.name} tool={tried} onClose={() => setTried(null)} />}
    </div>
  );
}

interface SearchProps {
  words: string;
  onWords: (words: string) => void;
}

function Search({ words, onWords }: SearchProps): ReactNode {
  return (
    <input
      type="search"
      className="place-search"
      value={words}
      placeholder="Find a tool"
      aria-label="Find a tool"
      data-testid="find-tool"
      onChange={(event) => onWords(event.target.value)}
    />
  );
}

interface GroupProps {
  title: string;
  tools: readonly ToolInfo[];
  onTry: (tool: ToolInfo) => void;
}

function Group({ title, tools, onTry }: GroupProps): ReactNode {
  return (
    <section aria-label={title} data-testid="tool-group">
      <h2 className="place-subtitle">{title}</h2>
      <ul className="entries">
        {tools.map((tool) => (
          <li key={tool.name} className="entry" data-testid="tool-entry" data-name={tool.name}>
            <div className="entry-text">
              <code className="tool-name">{tool.name}</code>
              {tool.description !== "" && <span>{tool.description}</span>}
              <span className="entry-note" data-effect={tool.effect}>
                {policyText(tool)}
              </span>
            </div>
            <button
              type="button"
              className="button"
              aria-label={`Try ${tool.name}`}
              data-testid="try-tool"
              onClick={() => onTry(tool)}
            >
              Try
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
