/** Adds a tool server, or changes one that was added here. */
import { type ReactNode, useState } from "react";
import type { ToolServer } from "../../../src/client/index.ts";
import { AreaField, SelectField, TextField } from "../forms/field.tsx";
import { Form } from "../forms/form.tsx";
import { useSubmit } from "../forms/use-submit.ts";
import { useApp } from "../state/app.ts";
import { Sheet } from "../ui/sheet.tsx";
import { OAuthFields } from "./oauth-fields.tsx";
import {
  NEW_SERVER,
  type ServerTexts,
  toServerChange,
  toServerRequest,
  toServerTexts,
} from "./server-texts.ts";
import { APPROVAL_OPTIONS, EFFECT_OPTIONS } from "./tool-words.ts";

const FIELDS: readonly string[] = [
  "name",
  "url",
  "headers",
  "oauth",
  "oauth.client_id",
  "oauth.client_secret",
  "oauth.scope",
  "effect",
  "approval",
  "tools",
];

interface Props {
  /** Null for a new one. */
  server: ToolServer | null;
  onClose: () => void;
}

export function ToolServerForm({ server, onClose }: Props): ReactNode {
  const { tools, announcement } = useApp();
  const [began] = useState(() => (server ? toServerTexts(server) : NEW_SERVER));
  const [texts, setTexts] = useState(began);
  const submission = useSubmit(FIELDS);
  const change = (fields: Partial<ServerTexts>): void => setTexts({ ...texts, ...fields });
  const save = async (): Promise<void> => {
    if (server) await tools.servers.update(server.name, toServerChange(texts));
    else await tools.servers.create(toServerRequest(texts));
    announcement.set("Tool server saved.");
    onClose();
  };
  return (
    <Sheet title={server?.name ?? "New tool server"} onClose={onClose} testId="server-sheet">
      <Form
        submission={submission}
        work={save}
        action={server ? "Save" : "Add"}
        onCancel={onClose}
        unsaved={texts !== began}
        focusFirst
        testId="server"
      >
        <Address server={server} texts={texts} onChange={change} />
        {server === null && <OAuthFields texts={texts} onChange={change} />}
        <Limits texts={texts} onChange={change} />
      </Form>
    </Sheet>
  );
}

interface PartProps {
  texts: ServerTexts;
  onChange: (fields: Partial<ServerTexts>) => void;
}

function Address({
  server,
  texts,
  onChange,
}: PartProps & { server: ToolServer | null }): ReactNode {
  const known = server?.headers ?? [];
  const kept = known.length > 0 ? ` Empty: ${known.join(", ")}, as it is.` : "";
  return (
    <>
      {server === null && (
        <TextField
          path="name"
          label="Name"
          hint="Small letters, digits and -. The names of its tools begin with it."
          value={texts.name}
          onChange={(name) => onChange({ name })}
        />
      )}
      <TextField
        path="url"
        label="Address"
        hint={
          server ? "Empty: as it is. What may follow a ? is never shown." : "Of its MCP endpoint."
        }
        placeholder={server?.url ?? "https://"}
        value={texts.url}
        onChange={(url) => onChange({ url })}
      />
      <AreaField
        path="headers"
        label="Headers"
        hint={`One a line, such as “Authorization: Bearer …”. Kept secret, and never shown again.${kept}`}
        rows={2}
        value={texts.headers}
        onChange={(headers) => onChange({ headers })}
      />
    </>
  );
}

function Limits({ texts, onChange }: PartProps): ReactNode {
  return (
    <fieldset className="field-group">
      <legend>What its tools may do</legend>
      <SelectField
        path="effect"
        label="At most"
        value={texts.effect}
        onChange={(effect) => onChange({ effect })}
      >
        <option value="">Unless said: reaches beyond this server</option>
        {EFFECT_OPTIONS.map(([effect, label]) => (
          <option key={effect} value={effect}>
            {label}
          </option>
        ))}
      </SelectField>
      <SelectField
        path="approval"
        label="Approval"
        value={texts.approval}
        onChange={(approval) => onChange({ approval })}
      >
        <option value="">As fits what they may do</option>
        {APPROVAL_OPTIONS.map(([approval, label]) => (
          <option key={approval} value={approval}>
            {label}
          </option>
        ))}
      </SelectField>
      <AreaField
        path="tools"
        label="Only these tools"
        hint="Their names there, one a line. Empty: all."
        rows={2}
        value={texts.tools}
        onChange={(tools) => onChange({ tools })}
      />
    </fieldset>
  );
}
