import { type FieldMatcher, fieldsOf, type LabelMatcher, type ResourceInfo } from '@orrery/api';
import type { CachedObject } from '../cache/cached-object.ts';

/** Which objects of a resource a list or a watch is about. Looks into an object only when a selector demands it. */
export class ObjectFilter {
  constructor(
    private readonly info: ResourceInfo,
    /** Keys that begin with it are meant. */
    readonly prefix: string,
    private readonly labels: LabelMatcher,
    private readonly fields: FieldMatcher,
  ) {}

  /** Does every object under `prefix` match? */
  get everything(): boolean {
    return this.labels.empty && this.fields.empty;
  }

  matches(cached: CachedObject): boolean {
    if (!cached.key.startsWith(this.prefix)) return false;
    if (!this.labels.empty && !this.labels.matches(cached.object.metadata.labels)) return false;
    return this.fields.empty || this.fields.matches(fieldsOf(this.info, cached.object));
  }
}
