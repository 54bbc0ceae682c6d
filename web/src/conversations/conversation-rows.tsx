/** The conversations by the time of their last change. */
import { type ReactNode, useMemo } from "react";
import type { Conversation } from "../../../src/client/index.ts";
import { explain } from "../api/errors.ts";
import { useStore } from "../api/store.ts";
import { useApp } from "../state/app.ts";
import { useWhenVisible } from "../ui/use-when-visible.ts";
import { ConversationRow } from "./conversation-row.tsx";
import { EmptyList, LoadingRows } from "./list-notes.tsx";

export function ConversationRows({ onChosen }: { onChosen: () => void }): ReactNode {
  const { conversations, router } = useApp();
  const { items, phase, nextCursor, error } = useStore(conversations.state, (list) => list);
  const currentId = useStore(router.route, (route) =>
    route.place === "chat" ? route.conversationId : null,
  );
  const groups = useMemo(() => groupByAge(items, new Date()), [items]);
  if (phase === "failed" && items.length === 0) {
    return <p className="list-note">{explain(error).title}.</p>;
  }
  if (items.length === 0) return phase === "loading" ? <LoadingRows /> : <EmptyList />;
  return (
    <>
      {groups.map(({ title, conversations: rows }) => (
        <section key={title} aria-label={title}>
          <h2>{title}</h2>
          <ul>
            {rows.map((conversation) => (
              <ConversationRow
                key={conversation.id}
                conversation={conversation}
                current={conversation.id === currentId}
                onChosen={onChosen}
              />
            ))}
          </ul>
        </section>
      ))}
      {nextCursor !== null && <MoreRows />}
    </>
  );
}

function MoreRows(): ReactNode {
  const { conversations } = useApp();
  const more = (): void => void conversations.loadMore();
  const button = useWhenVisible<HTMLButtonElement>(more);
  return (
    <button ref={button} type="button" className="more-rows" onClick={more}>
      Show more
    </button>
  );
}

interface Group {
  title: string;
  conversations: Conversation[];
}

const DAY_MS = 86_400_000;

/** The list in groups that a person thinks in; the order stays as it is. */
function groupByAge(items: readonly Conversation[], now: Date): Group[] {
  const today = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const groups: Group[] = [];
  for (const conversation of items) {
    const title = ageOf(Date.parse(conversation.updated_at), today);
    const last = groups.at(-1);
    if (last?.title === title) last.conversations.push(conversation);
    else groups.push({ title, conversations: [conversation] });
  }
  return groups;
}

function ageOf(time: number, today: number): string {
  if (time >= today) return "Today";
  if (time >= today - DAY_MS) return "Yesterday";
  if (time >= today - 7 * DAY_MS) return "Last seven days";
  return "Earlier";
}
