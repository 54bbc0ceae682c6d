/** A note about something that went wrong, and what can be done. */
import type { ReactNode } from "react";
import type { Explanation } from "../api/errors.ts";
import { Icon } from "./icons.tsx";

interface Props {
  what: Explanation;
  children?: ReactNode;
  testId?: string;
}

/** Read aloud when it appears. Its children are the actions. */
export function Notice({ what, children, testId }: Props): ReactNode {
  return (
    <div className="notice" role="alert" data-testid={testId}>
      <Icon name="warning" />
      <div className="notice-text">
        <strong>{what.title}</strong>
        {what.detail !== "" && <p>{what.detail}</p>}
        {what.fields.length > 0 && (
          <ul>
            {what.fields.map((field) => (
              <li key={field}>{field}</li>
            ))}
          </ul>
        )}
        {what.requestId && <small>Request {what.requestId}</small>}
        {children && <div className="notice-actions">{children}</div>}
      </div>
    </div>
  );
}
