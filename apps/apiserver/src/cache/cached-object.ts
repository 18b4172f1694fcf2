import { type ApiObject, decodeObject } from '@orrery/api';

/**
 * One object in the cache: the bytes as served, and its parsed form once somebody needs it, for as long as there is room: it is twice as large. Treat
 * `object` as frozen.
 */
export class CachedObject {
  private parsed: WeakRef<ApiObject> | undefined;

  constructor(
    readonly key: string,
    readonly revision: number,
    /** The JSON with `metadata.resourceVersion`, in the stored version of the resource. */
    readonly bytes: Uint8Array,
  ) {}

  get object(): ApiObject {
    const known = this.parsed?.deref();
    if (known !== undefined) return known;
    const object = decodeObject(this.bytes);
    this.parsed = new WeakRef(object);
    return object;
  }
}
