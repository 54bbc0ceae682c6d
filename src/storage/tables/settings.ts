/** What users and the installation have set: keys, templates, profiles. */

export interface ApiKeyTable {
  id: string;
  owner_id: string;
  name: string;
  hash: string;
  prefix: string;
  scopes: string;
  created_at: number;
  expires_at: number | null;
  last_used_at: number | null;
  revoked_at: number | null;
}

/** A user's own template; `settings` is all but its name and version. */
export interface TemplateTable {
  owner_id: string;
  name: string;
  settings: string;
  version: number;
}

/** A profile; `settings` is all but its name. */
export interface ProfileTable {
  id: string;
  owner_id: string;
  name: string;
  settings: string;
  version: number;
  created_at: number;
  updated_at: number;
}

export interface SettingTables {
  api_keys: ApiKeyTable;
  templates: TemplateTable;
  profiles: ProfileTable;
}
