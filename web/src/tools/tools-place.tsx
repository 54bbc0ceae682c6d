/** Tools and tickets: which of their places the address names. */
import type { ReactNode } from "react";
import { Place } from "../places/place.tsx";
import { useApp } from "../state/app.ts";
import { TICKETS, type ToolRoute, TOOLS } from "../state/router.ts";
import { TicketView } from "../tickets/ticket-view.tsx";
import { Tickets } from "../tickets/tickets.tsx";
import type { Drawer } from "../ui/use-drawer.ts";
import { Tools } from "./tools.tsx";

interface Props {
  route: ToolRoute;
  drawer: Drawer;
}

export function ToolsPlace({ route, drawer }: Props): ReactNode {
  const { tools, tickets } = useApp();
  const calling = route.place === "tools";
  return (
    <Place
      title={calling ? "Tools" : "Tickets"}
      tabsLabel="Tools and tickets"
      tabs={[
        { to: TOOLS, label: "Tools", current: calling },
        { to: TICKETS, label: "Tickets", current: !calling },
      ]}
      problem={calling ? tools.problem : tickets.problem}
      drawer={drawer}
      testId={`place-${route.place}`}
    >
      {route.place === "tools" && <Tools />}
      {route.place === "tickets" && <Tickets />}
      {route.place === "ticket" && <TicketView key={route.ticketId} id={route.ticketId} />}
    </Place>
  );
}
