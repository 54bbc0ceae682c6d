/** How a tool server knows who asks, where headers do not say it. */
import type { ReactNode } from "react";
import { SelectField, TextField } from "../forms/field.tsx";
import type { ServerTexts } from "./server-texts.ts";

interface Props {
  texts: ServerTexts;
  onChange: (fields: Partial<ServerTexts>) => void;
}

export function OAuthFields({ texts, onChange }: Props): ReactNode {
  const { access, clientId, clientSecret, scope } = texts;
  return (
    <fieldset className="field-group">
      <legend>Authorization</legend>
      <SelectField
        path="oauth"
        label="OAuth"
        value={access}
        onChange={(value) => onChange({ access: value as ServerTexts["access"] })}
      >
        <option value="">None</option>
        <option value="authorization_code">Somebody agrees in a browser</option>
        <option value="client_credentials">A client with a secret</option>
      </SelectField>
      {access !== "" && (
        <>
          <TextField
            path="oauth.client_id"
            label="Client id"
            hint={access === "authorization_code" ? "Empty: Chatter registers itself." : undefined}
            value={clientId}
            onChange={(value) => onChange({ clientId: value })}
          />
          <TextField
            path="oauth.client_secret"
            label="Client secret"
            hint="Never shown again."
            value={clientSecret}
            onChange={(value) => onChange({ clientSecret: value })}
          />
          <TextField
            path="oauth.scope"
            label="Scope"
            hint="Empty: what the server asks for."
            value={scope}
            onChange={(value) => onChange({ scope: value })}
          />
        </>
      )}
    </fieldset>
  );
}
