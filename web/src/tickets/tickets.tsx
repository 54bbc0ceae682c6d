/** The tickets: what people are to see to. */
import { type ReactNode, useEffect } from "react";
import type { Ticket } from "../../../src/client/index.ts";
import { explain } from "../api/errors.ts";
import { useStore } from "../api/store.ts";
import { Choices } from "../forms/choices.tsx";
import { useApp } from "../state/app.ts";
import { Icon } from "../ui/icons.tsx";
import { Notice } from "../ui/notice.tsx";
import { PlaceLink } from "../ui/place-link.tsx";
import { useWhenVisible } from "../ui/use-when-visible.ts";
import { priorityText, STATUS_OPTIONS, statusText, timeText } from "./ticket-words.ts";
import "./tickets.css";

export function Tickets(): ReactNode {
  const { tickets } = useApp();
  const { items, phase, error, nextCursor, filter } = useStore(tickets.state, (list) => list);
  useEffect(() => void tickets.refresh(), [tickets]);
  return (
    <div className="place-scroller" data-testid="tickets-page">
      <div className="place-content">
        <div className="place-title">
          <h1>Tickets</h1>
          <StatusFilter />
        </div>
        <p className="place-intro">
          What models have handed to people with the tool <code>create_ticket</code>.
        </p>
        {phase === "failed" && items.length === 0 ? (
          <Notice what={explain(error)} testId="tickets-failed">
            <button type="button" className="button" onClick={() => void tickets.refresh()}>
              <Icon name="retry" />
              Try again
            </button>
          </Notice>
        ) : items.length === 0 ? (
          <p className="place-note" data-testid="no-tickets">
            {phase === "loading" ? "Loading…" : emptyText(filter)}
          </p>
        ) : (
          <ul className="entries" aria-label="Tickets" aria-busy={phase === "loading"}>
            {items.map((ticket) => (
              <Entry key={ticket.id} ticket={ticket} />
            ))}
          </ul>
        )}
        {nextCursor !== null && <MoreTickets />}
      </div>
    </div>
  );
}

function emptyText(filter: Ticket["status"] | null): string {
  return filter === null ? "There are none." : `None is ${statusText(filter).toLowerCase()}.`;
}

function StatusFilter(): ReactNode {
  const { tickets } = useApp();
  const filter = useStore(tickets.state, (list) => list.filter);
  return (
    <label className="list-filter">
      <span>Status</span>
      <select
        value={filter ?? ""}
        data-testid="status-filter"
        onChange={(event) => void tickets.choose((event.target.value || null) as typeof filter)}
      >
        <option value="">All</option>
        <Choices of={STATUS_OPTIONS} />
      </select>
    </label>
  );
}

function Entry({ ticket }: { ticket: Ticket }): ReactNode {
  const { id, title, status, priority, created_at: created } = ticket;
  return (
    <li className="entry" data-testid="ticket-entry" data-status={status} data-priority={priority}>
      <div className="entry-text">
        <PlaceLink to={{ place: "ticket", ticketId: id }} className="entry-link">
          {title}
        </PlaceLink>
        <span className="entry-note">
          <span className="ticket-priority">{priorityText(priority)}</span>
          {` · ${timeText(created)}`}
        </span>
      </div>
      <span className="ticket-status">{statusText(status)}</span>
    </li>
  );
}

function MoreTickets(): ReactNode {
  const { tickets } = useApp();
  const loading = useStore(tickets.state, (list) => list.loadingMore);
  const more = (): void => void tickets.loadMore();
  const button = useWhenVisible<HTMLButtonElement>(more);
  return (
    <button ref={button} type="button" className="older" onClick={more}>
      {loading ? "Loading…" : "Show more"}
    </button>
  );
}
