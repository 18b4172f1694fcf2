import { type ApiObject, decodeObject } from '@orrery/api';

/** One object in the cache: the bytes as served, and its parsed form once somebody needs it. Treat `object` as frozen. */
export class CachedObject {
  private parsed: ApiObject | undefined;

  constructor(
    readonly key: string,
    readonly revision: number,
    /** The JSON with `metadata.resourceVersion`, in the stored version of the resource. */
    readonly bytes: Uint8Array,
  ) {}

  get object(): ApiObject {
    this.parsed ??= decodeObject(this.bytes);
    return this.parsed;
  }
}
