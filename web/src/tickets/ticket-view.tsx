/** One ticket: what it is about, how it stands, and where it came from. */
import { type ReactNode, useEffect, useState } from "react";
import type { Ticket, TicketChange } from "../../../src/client/index.ts";
import { explain } from "../api/errors.ts";
import { Choices } from "../forms/choices.tsx";
import { SelectField } from "../forms/field.tsx";
import { useApp } from "../state/app.ts";
import { TICKETS } from "../state/router.ts";
import { Icon } from "../ui/icons.tsx";
import { Notice } from "../ui/notice.tsx";
import { PlaceLink } from "../ui/place-link.tsx";
import { PRIORITY_OPTIONS, STATUS_OPTIONS, timeText } from "./ticket-words.ts";
import "./tickets.css";

/** A ticket that is shown, and what can be changed of it. */
function useTicket(id: string) {
  const { session, tickets, announcement } = useApp();
  const [ticket, setTicket] = useState<Ticket | null>(null);
  const [error, setError] = useState<unknown>(null);
  const { client } = session;
  useEffect(() => {
    const abort = new AbortController();
    client.getTicket(id, { signal: abort.signal }).then(setTicket, (reason: unknown) => {
      if (!abort.signal.aborted) setError(reason);
    });
    return () => abort.abort();
  }, [client, id]);
  const change = async (fields: TicketChange): Promise<void> => {
    if (!ticket) return;
    tickets.problem.set(null);
    // Shown as chosen while it is saved; what was refused goes back to what it was.
    setTicket({ ...ticket, ...fields } as Ticket);
    try {
      setTicket(await tickets.update(id, fields));
      announcement.set("Saved.");
    } catch (reason) {
      setTicket(ticket);
      tickets.problem.set(reason);
    }
  };
  return { ticket, error, change };
}

export function TicketView({ id }: { id: string }): ReactNode {
  const { ticket, error, change } = useTicket(id);
  return (
    <div className="place-scroller" data-testid="ticket">
      <div className="place-content">
        <PlaceLink to={TICKETS} className="back-link">
          <Icon name="left" />
          All tickets
        </PlaceLink>
        {error !== null && <Notice what={explain(error)} testId="ticket-failed" />}
        {error === null && ticket === null && <p className="place-note">Loading…</p>}
        {ticket && (
          <>
            <Head ticket={ticket} />
            <Standing ticket={ticket} onChange={(fields) => void change(fields)} />
            {ticket.description !== "" && (
              <p className="ticket-description" data-testid="ticket-description">
                {ticket.description}
              </p>
            )}
          </>
        )}
      </div>
    </div>
  );
}

function Head({ ticket }: { ticket: Ticket }): ReactNode {
  const { title, created_at: created, updated_at: updated, conversation_id: from } = ticket;
  return (
    <header className="place-head">
      <h1 className="ticket-title" data-testid="ticket-title">
        {title}
      </h1>
      <p className="entry-note">
        {`Opened ${timeText(created)}`}
        {updated !== created && ` · changed ${timeText(updated)}`}
        {from !== null && (
          <>
            {" · "}
            <PlaceLink
              to={{ place: "chat", conversationId: from, leaf: null }}
              data-testid="ticket-conversation"
            >
              Its conversation
            </PlaceLink>
          </>
        )}
      </p>
    </header>
  );
}

interface StandingProps {
  ticket: Ticket;
  onChange: (fields: TicketChange) => void;
}

function Standing({ ticket, onChange }: StandingProps): ReactNode {
  return (
    <div className="ticket-standing">
      <SelectField
        path="status"
        label="Status"
        value={ticket.status}
        onChange={(status) => onChange({ status: status as Ticket["status"] })}
      >
        <Choices of={STATUS_OPTIONS} />
      </SelectField>
      <SelectField
        path="priority"
        label="Priority"
        value={ticket.priority}
        onChange={(priority) => onChange({ priority: priority as Ticket["priority"] })}
      >
        <Choices of={PRIORITY_OPTIONS} />
      </SelectField>
    </div>
  );
}
