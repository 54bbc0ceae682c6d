/** The port of instances: which processes live. */

/** The processes that share this store. */
export interface InstanceStore {
  register(id: string, leaseMs: number): Promise<void>;
  /** Extends the lease; false when it had run out, and others may have taken over. */
  renew(id: string, leaseMs: number): Promise<boolean>;
  leave(id: string): Promise<void>;
  /** Declares every instance dead: for a store that only one process can open, when it opens it. */
  clear(): Promise<void>;
}
