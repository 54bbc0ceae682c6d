/** Documents, their chunks and vectors, and what searches them. */
import type { Generated } from "kysely";

export interface DocumentTable {
  id: string;
  owner_id: string;
  title: string;
  collection: string;
  status: string;
  progress: number;
  error: string | null;
  mime_type: string;
  bytes: number;
  pages: number | null;
  chunks: number;
  metadata: string;
  url: string | null;
  file_name: string | null;
  content_hash: string | null;
  created_at: number;
}

/** A stretch of a document's source. */
interface DocumentPartTable {
  document_id: string;
  owner_id: string;
  part: number;
  bytes: Uint8Array;
  created_at: number;
}

/** A chunk; its words are in `chunk_index`, which each engine has in a form of its own. */
interface ChunkTable {
  /** What the index and the vectors know it by. */
  number: Generated<number>;
  id: string;
  owner_id: string;
  document_id: string;
  ordinal: number;
  text: string;
  heading: string | null;
  page: number | null;
  start_offset: number;
  end_offset: number;
  tokens: number;
}

/** What makes vectors comparable. */
interface EmbeddingSpaceTable {
  number: Generated<number>;
  provider: string;
  model: string;
  dimensions: number;
  version: number;
}

/** `in_force`: where searches look. `wanted`: where documents are brought. */
interface SpaceInUseTable {
  role: "in_force" | "wanted";
  space: number;
}

interface ChunkVectorTable {
  /** The numbers of the embedding space and of the chunk. */
  space: number;
  chunk: number;
  owner_id: string;
  document_id: string;
  /** 32-bit floats, little-endian, of unit length together. */
  vector: Uint8Array;
}

/** A user's own retriever; `settings` is all but its name. */
export interface RetrieverTable {
  owner_id: string;
  name: string;
  settings: string;
  version: number;
}

export interface DocumentTables {
  documents: DocumentTable;
  document_parts: DocumentPartTable;
  chunks: ChunkTable;
  embedding_spaces: EmbeddingSpaceTable;
  spaces_in_use: SpaceInUseTable;
  chunk_vectors: ChunkVectorTable;
  retrievers: RetrieverTable;
}
