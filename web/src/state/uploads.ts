/** Files on their way to the server, a few at a time; each has an outcome of its own. */
import type { Client, Document } from "../../../src/client/index.ts";
import { createStore, type Store } from "../api/store.ts";

export interface Upload {
  readonly key: number;
  readonly file: File;
  /** Null for the server's own choice. */
  readonly collection: string | null;
  /** Why the server did not take it; null while it is on its way. */
  readonly error: unknown;
}

export interface Uploads {
  /** What is on its way, and what was not taken. */
  readonly state: Store<readonly Upload[]>;
  readonly send: (files: readonly File[], collection: string | null) => void;
  readonly retry: (upload: Upload) => void;
  /** Forgets one that was not taken. */
  readonly dismiss: (upload: Upload) => void;
}

const AT_A_TIME = 2;

/** Builds it; `onTaken` gets the documents that a file became. */
export function createUploads(
  client: Pick<Client, "uploadFiles">,
  onTaken: (documents: readonly Document[]) => Promise<void>,
): Uploads {
  const state = createStore<readonly Upload[]>([]);
  const waiting: Upload[] = [];
  let atWork = 0;
  let keys = 0;
  const without = (key: number): Upload[] => state.get().filter((one) => one.key !== key);

  const send = async ({ key, file, collection }: Upload): Promise<void> => {
    try {
      const { data } = await client.uploadFiles([file], { collection });
      // Its row gives way to the document's in one step.
      await onTaken(data);
      state.set(without(key));
    } catch (error) {
      const failed = { key, file, collection, error };
      state.set(state.get().map((one) => (one.key === key ? failed : one)));
    }
  };
  const work = async (): Promise<void> => {
    if (atWork >= AT_A_TIME) return;
    atWork++;
    for (let next = waiting.shift(); next; next = waiting.shift()) await send(next);
    atWork--;
  };
  const add = (uploads: readonly Upload[]): void => {
    waiting.push(...uploads);
    for (const _ of uploads) void work();
  };
  return {
    state,
    send: (files, collection) => {
      const uploads = files.map((file) => ({ key: ++keys, file, collection, error: null }));
      state.set([...state.get(), ...uploads]);
      add(uploads);
    },
    retry: (upload) => {
      const again = { ...upload, error: null };
      state.set(state.get().map((one) => (one.key === upload.key ? again : one)));
      add([again]);
    },
    dismiss: ({ key }) => state.set(without(key)),
  };
}
