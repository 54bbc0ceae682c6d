/** The port of profiles: settings of models under a name. */
import type { Profile, ProfileRequest } from "../../../contract/profiles.ts";
import type { PageOf, PageRequest } from "../page.ts";

export interface ProfileStore {
  get(ownerId: string, id: string): Promise<Profile | null>;
  /** Newest first. */
  list(ownerId: string, page: PageRequest): Promise<PageOf<Profile>>;
  create(ownerId: string, id: string, profile: ProfileRequest): Promise<Profile>;
  /** Changes all of a profile, and counts its version; null when there is none. */
  replace(ownerId: string, id: string, profile: ProfileRequest): Promise<Profile | null>;
  delete(ownerId: string, id: string): Promise<boolean>;
}
