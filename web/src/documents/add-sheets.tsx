/** Forms for a document that is no file: a pasted text, or an address that the server fetches. */
import { type ReactNode, useState } from "react";
import type { DocumentRequest } from "../../../src/client/index.ts";
import { AreaField, TextField } from "../forms/field.tsx";
import { Form } from "../forms/form.tsx";
import { textOrNull } from "../forms/texts.ts";
import { useSubmit } from "../forms/use-submit.ts";
import { useApp } from "../state/app.ts";
import { Sheet } from "../ui/sheet.tsx";

interface Props {
  collection: string | null;
  onClose: () => void;
}

export function TextSheet({ collection, onClose }: Props): ReactNode {
  const [title, setTitle] = useState("");
  const [text, setText] = useState("");
  return (
    <Sheet title="Paste a text" onClose={onClose} testId="text-sheet">
      <AddForm
        fields={["title", "text", "collection"]}
        unsaved={title !== "" || text !== ""}
        request={() => ({ title: textOrNull(title), text: textOrNull(text), collection })}
        onClose={onClose}
      >
        <TextField path="title" label="Title" value={title} onChange={setTitle} />
        <AreaField
          path="text"
          label="Text"
          hint="Plain text or Markdown. One of more than two million characters has to be a file."
          rows={12}
          value={text}
          onChange={setText}
        />
      </AddForm>
    </Sheet>
  );
}

export function AddressSheet({ collection, onClose }: Props): ReactNode {
  const [url, setUrl] = useState("");
  const [title, setTitle] = useState("");
  return (
    <Sheet title="From the web" onClose={onClose} testId="address-sheet">
      <AddForm
        fields={["url", "title", "collection"]}
        unsaved={url !== "" || title !== ""}
        request={() => ({ url: url.trim(), title: textOrNull(title), collection })}
        onClose={onClose}
      >
        <TextField
          path="url"
          label="Address"
          hint="The server fetches the page or file once. It must be able to reach it, without a sign-in."
          placeholder="https://"
          value={url}
          onChange={setUrl}
        />
        <TextField
          path="title"
          label="Title"
          hint="Empty: the one that it says itself."
          value={title}
          onChange={setTitle}
        />
      </AddForm>
    </Sheet>
  );
}

interface FormProps {
  fields: readonly string[];
  unsaved: boolean;
  request: () => DocumentRequest;
  onClose: () => void;
  children: ReactNode;
}

function AddForm({ fields, unsaved, request, onClose, children }: FormProps): ReactNode {
  const { documents } = useApp();
  const submission = useSubmit(fields);
  return (
    <Form
      submission={submission}
      work={async () => {
        await documents.create(request());
        onClose();
      }}
      action="Add"
      onCancel={onClose}
      unsaved={unsaved}
      focusFirst
      testId="add"
    >
      {children}
    </Form>
  );
}
