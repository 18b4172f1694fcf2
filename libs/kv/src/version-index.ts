import type { storagev1 } from '@orrery/proto';
import type { KeyRange } from './key.ts';
import { OrderedKeys } from './ordered-keys.ts';

/** What a key was from `revision` on, until its next version; without `value`: deleted. */
interface Version {
  readonly revision: number;
  readonly value: storagev1.KeyValue | undefined;
}

/** All versions of all keys since the last compaction. */
export class VersionIndex {
  readonly #keys = new OrderedKeys();
  /** Versions in order of revision. */
  readonly #versions = new Map<string, Version[]>();
  #live = 0;

  /** Keys that exist now. */
  get live(): number {
    return this.#live;
  }

  newest(key: string): storagev1.KeyValue | undefined {
    return this.#versions.get(key)?.at(-1)?.value;
  }

  at(key: string, revision: number): storagev1.KeyValue | undefined {
    const versions = this.#versions.get(key) ?? [];
    for (let at = versions.length - 1; at >= 0; at--) {
      const version = versions[at] as Version;
      if (version.revision <= revision) return version.value;
    }
    return undefined;
  }

  /** What the range held at `revision`, in order of keys. */
  *range(range: KeyRange, revision: number): Generator<storagev1.KeyValue> {
    if (range.kind === 'one') {
      const value = this.at(range.key, revision);
      if (value !== undefined) yield value;
      return;
    }
    for (const key of this.#keys.range(range.from, range.to)) {
      const value = this.at(key, revision);
      if (value !== undefined) yield value;
    }
  }

  set(key: string, revision: number, value: storagev1.KeyValue | undefined): void {
    const versions = this.#versions.get(key);
    this.#live += Number(value !== undefined) - Number(versions?.at(-1)?.value !== undefined);
    if (versions === undefined) {
      this.#versions.set(key, [{ revision, value }]);
      this.#keys.add(key);
    } else if (versions.at(-1)?.revision === revision) {
      versions[versions.length - 1] = { revision, value };
    } else {
      versions.push({ revision, value });
    }
  }

  /** Forgets of `key` what is not needed to tell its state at `revision` and later. */
  compact(key: string, revision: number): void {
    const versions = this.#versions.get(key);
    if (versions === undefined) return;
    let first = versions.findLastIndex((version) => version.revision <= revision);
    if (first < 0) return;
    if (versions[first]?.value === undefined) first++;
    if (first === versions.length) {
      this.#versions.delete(key);
      this.#keys.delete(key);
    } else if (first > 0) {
      versions.splice(0, first);
    }
  }
}
