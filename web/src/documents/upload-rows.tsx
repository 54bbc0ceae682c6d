/** Files on their way, and those that were not taken. */
import type { ReactNode } from "react";
import { explain } from "../api/errors.ts";
import { useStore } from "../api/store.ts";
import { useApp } from "../state/app.ts";
import type { Upload } from "../state/uploads.ts";
import { Notice } from "../ui/notice.tsx";
import { sizeText } from "./words.ts";

export function UploadRows(): ReactNode {
  const { documents } = useApp();
  const uploads = useStore(documents.uploads.state, (state) => state);
  if (uploads.length === 0) return null;
  return (
    <ul className="upload-rows" aria-label="Files on their way">
      {uploads.map((upload) => (
        <li key={upload.key} data-testid="upload">
          {upload.error === null ? (
            <p className="upload">
              <span className="pulse" aria-hidden="true" />
              <span className="upload-name">{upload.file.name}</span>
              <span className="upload-note">Sending, {sizeText(upload.file.size)}</span>
            </p>
          ) : (
            <NotTaken upload={upload} />
          )}
        </li>
      ))}
    </ul>
  );
}

function NotTaken({ upload }: { upload: Upload }): ReactNode {
  const { uploads } = useApp().documents;
  const { title, ...reason } = explain(upload.error);
  return (
    <Notice
      what={{ ...reason, title: `“${upload.file.name}” was not taken: ${title}` }}
      testId="upload-failed"
    >
      <button type="button" className="button" onClick={() => uploads.retry(upload)}>
        Try again
      </button>
      <button type="button" className="button" onClick={() => uploads.dismiss(upload)}>
        Dismiss
      </button>
    </Notice>
  );
}
