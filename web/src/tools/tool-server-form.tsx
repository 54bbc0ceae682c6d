/** Adds a tool server, or changes one that was added here. */
import type { ReactNode } from "react";
import type { ToolServer } from "../../../src/client/index.ts";
import { Choices } from "../forms/choices.tsx";
import { AreaField, SelectField, TextField } from "../forms/field.tsx";
import { Form } from "../forms/form.tsx";
import { useSubmit } from "../forms/use-submit.ts";
import { type FormTexts, useTexts } from "../forms/use-texts.ts";
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
  const form = useTexts(() => (server ? toServerTexts(server) : NEW_SERVER));
  const submission = useSubmit(FIELDS);
  const save = async (): Promise<void> => {
    if (server) await tools.servers.update(server.name, toServerChange(form.texts));
    else await tools.servers.create(toServerRequest(form.texts));
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
        unsaved={form.unsaved}
        focusFirst
        testId="server"
      >
        <Address server={server} form={form} />
        {server === null && <OAuthFields form={form} />}
        <Limits form={form} />
      </Form>
    </Sheet>
  );
}

interface PartProps {
  form: FormTexts<ServerTexts>;
}

function Address({ server, form }: PartProps & { server: ToolServer | null }): ReactNode {
  const known = server?.headers ?? [];
  const kept = known.length > 0 ? ` Empty: ${known.join(", ")}, as it is.` : "";
  return (
    <>
      {server === null && (
        <TextField
          path="name"
          label="Name"
          hint="Small letters, digits and -. The names of its tools begin with it."
          {...form.field("name")}
        />
      )}
      <TextField
        path="url"
        label="Address"
        hint={
          server ? "Empty: as it is. What may follow a ? is never shown." : "Of its MCP endpoint."
        }
        placeholder={server?.url ?? "https://"}
        {...form.field("url")}
      />
      <AreaField
        path="headers"
        label="Headers"
        hint={`One a line, such as “Authorization: Bearer …”. Kept secret, and never shown again.${kept}`}
        rows={2}
        {...form.field("headers")}
      />
    </>
  );
}

function Limits({ form }: PartProps): ReactNode {
  return (
    <fieldset className="field-group">
      <legend>What its tools may do</legend>
      <SelectField path="effect" label="At most" {...form.field("effect")}>
        <option value="">Unless said: reaches beyond this server</option>
        <Choices of={EFFECT_OPTIONS} />
      </SelectField>
      <SelectField path="approval" label="Approval" {...form.field("approval")}>
        <option value="">As fits what they may do</option>
        <Choices of={APPROVAL_OPTIONS} />
      </SelectField>
      <AreaField
        path="tools"
        label="Only these tools"
        hint="Their names there, one a line. Empty: all."
        rows={2}
        {...form.field("tools")}
      />
    </fieldset>
  );
}
