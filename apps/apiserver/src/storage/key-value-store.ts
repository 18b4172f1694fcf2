/** A key with its value at one revision. */
export interface StoredValue {
  readonly key: string;
  readonly value: Uint8Array;
  readonly modRevision: number;
}

/** What a conditional write came to. `current` is what stands there instead, `undefined` where nothing does. */
export type WriteOutcome =
  | { readonly succeeded: true; readonly revision: number }
  | { readonly succeeded: false; readonly revision: number; readonly current: StoredValue | undefined };

export interface PageRequest {
  /** All keys that begin with it. */
  readonly prefix: string;
  /** First key wanted; default: the prefix itself. */
  readonly from?: string;
  readonly limit: number;
  /** State at this revision; default: the newest. */
  readonly revision?: number;
}

export interface Page {
  /** The revision that the page shows. */
  readonly revision: number;
  readonly items: readonly StoredValue[];
  readonly more: boolean;
  /** Keys from `from` to the end of the prefix. */
  readonly count: number;
}

/** A 63-bit number in decimal; `'0'`: the value stays until deleted. */
export type LeaseId = string;

/**
 * Where the API server keeps objects. Every operation is linearizable; writes are atomic, touch one key and get one revision. Throws the
 * classes of `storage-errors.ts`.
 */
export interface KeyValueStore {
  /** `one`: a lease that ends would delete several keys at one revision, so that each key needs a lease of its own. */
  readonly keysPerLease: 'one' | 'many';
  /** A revision at least as new as every write acknowledged before the call. */
  currentRevision(): Promise<number>;
  get(key: string): Promise<{ readonly revision: number; readonly stored: StoredValue | undefined }>;
  page(request: PageRequest): Promise<Page>;
  /** Writes unless the key exists. */
  create(key: string, value: Uint8Array, lease?: LeaseId): Promise<WriteOutcome>;
  /** Writes if the key was last changed at `modRevision`. */
  update(key: string, value: Uint8Array, modRevision: number, lease?: LeaseId): Promise<WriteOutcome>;
  /** Deletes if the key was last changed at `modRevision`. */
  delete(key: string, modRevision: number): Promise<WriteOutcome>;
  /** A lease after whose end its keys are deleted. */
  grantLease(ttlSeconds: number): Promise<LeaseId>;
}
