import { spliceResourceVersion } from '@orrery/api';
import { CachedObject } from '../cache/cached-object.ts';
import type { Eventually } from '../custom-resources/object-versions.ts';
import type { KeyValueStore, StoredValue } from '../storage/key-value-store.ts';
import { ValueTooLargeError } from '../storage/storage-errors.ts';
import type { ObjectFilter } from '../watch/object-filter.ts';

/** Objects asked of storage at once. Halved when an answer would be too large for the bus. */
const pageMax = 500;
/** Behind every name. */
const lastName = '\u{10ffff}';

/** The first objects of a state, as many as were asked for. */
export interface ObjectPage {
  readonly objects: readonly CachedObject[];
  /** Are there matching objects behind them? */
  readonly more: boolean;
  /** How many; only where every object matches. */
  readonly remaining?: number;
}

/** In their order. */
type Serve = (objects: readonly CachedObject[]) => Eventually<readonly CachedObject[]>;

/** States that the cache does not hold any more, from storage. Throws `RevisionCompactedError` for those that are gone there as well. */
export class PastObjects {
  constructor(private readonly store: KeyValueStore) {}

  /**
   * The first `limit` objects that match at `revision`, from the key `from` on; 0: all of them. `serve` gives them in the version that is asked for, which is
   * the one that selectors speak of.
   */
  async page(filter: ObjectFilter, from: string, revision: number, limit: number, serve: Serve): Promise<ObjectPage> {
    const objects: CachedObject[] = [];
    for await (const { items, behind } of this.pages(filter.prefix, from, revision, limit)) {
      for (const [index, object] of (await serve(items.map(cachedObjectOf))).entries()) {
        if (!filter.matches(object)) continue;
        if (limit > 0 && objects.length === limit) return { objects, more: true };
        objects.push(object);
        const remaining = items.length - index - 1 + behind;
        if (filter.everything && objects.length === limit) return { objects, more: remaining > 0, remaining };
      }
    }
    return { objects, more: false };
  }

  /** Returns where the state at `revision` is still to be had. */
  async requireReadable(prefix: string, revision: number): Promise<void> {
    await this.store.page({ prefix, from: `${prefix}${lastName}`, limit: 1, revision });
  }

  /** `behind`: keys that follow. */
  private async *pages(
    prefix: string,
    start: string,
    revision: number,
    wanted: number,
  ): AsyncIterable<{ readonly items: readonly StoredValue[]; readonly behind: number }> {
    let from = start;
    let limit = wanted > 0 ? Math.min(wanted, pageMax) : pageMax;
    for (;;) {
      try {
        const { items, count, more } = await this.store.page({ prefix, from, limit, revision });
        yield { items, behind: count - items.length };
        const last = items[items.length - 1];
        if (!more || last === undefined) return;
        from = `${last.key}\0`;
      } catch (error) {
        if (!(error instanceof ValueTooLargeError) || limit === 1) throw error;
        limit = Math.ceil(limit / 2);
      }
    }
  }
}

function cachedObjectOf({ key, value, modRevision }: StoredValue): CachedObject {
  return new CachedObject(key, modRevision, spliceResourceVersion(value, modRevision));
}
