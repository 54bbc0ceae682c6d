/** The profiles: named model settings. */
import type { Client, Profile, ProfileRequest } from "../../../src/client/index.ts";
import { createChange, createResource, readAll, type Resource } from "./resource.ts";

/** The changes reject when the server refuses; the list then stays as it was. */
export interface ProfileList extends Resource<Profile> {
  /** Changes a profile, or makes a new one for null. */
  readonly save: (id: string | null, profile: ProfileRequest) => Promise<Profile>;
  readonly remove: (id: string) => Promise<void>;
}

/** Builds the list; `onChanged` is called after each change of it. */
export function createProfileList(client: Client, onChanged: () => void): ProfileList {
  const list = createResource(() => readAll((query) => client.listProfiles(query)));
  const change = createChange(list, onChanged);
  return {
    ...list,
    save: (id, profile) =>
      change(id === null ? client.createProfile(profile) : client.replaceProfile(id, profile)),
    remove: (id) => change(client.deleteProfile(id)),
  };
}
