/** How a tool server knows who asks, where headers do not say it. */
import type { ReactNode } from "react";
import { SelectField, TextField } from "../forms/field.tsx";
import type { FormTexts } from "../forms/use-texts.ts";
import type { ServerTexts } from "./server-texts.ts";

interface Props {
  form: FormTexts<ServerTexts>;
}

export function OAuthFields({ form }: Props): ReactNode {
  const { access } = form.texts;
  return (
    <fieldset className="field-group">
      <legend>Authorization</legend>
      <SelectField
        path="oauth"
        label="OAuth"
        value={access}
        onChange={(value) => form.change({ access: value as ServerTexts["access"] })}
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
            {...form.field("clientId")}
          />
          <TextField
            path="oauth.client_secret"
            label="Client secret"
            hint="Never shown again."
            {...form.field("clientSecret")}
          />
          <TextField
            path="oauth.scope"
            label="Scope"
            hint="Empty: what the server asks for."
            {...form.field("scope")}
          />
        </>
      )}
    </fieldset>
  );
}
