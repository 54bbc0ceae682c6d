/** The tables, as Kysely sees them. Times are milliseconds since 1970; JSON is text on both engines. */
import type { ConversationTables } from "./tables/conversations.ts";
import type { DocumentTables } from "./tables/documents.ts";
import type { RunTables } from "./tables/runs.ts";
import type { SettingTables } from "./tables/settings.ts";
import type { ToolTables } from "./tables/tools.ts";
import type { WorkTables } from "./tables/work.ts";

export interface Schema
  extends ConversationTables, RunTables, ToolTables, DocumentTables, SettingTables, WorkTables {}
