import {
  type ApiObject,
  apiVersionOf,
  type CustomKind,
  convertVersion,
  deepEqual,
  encodeObject,
  parseApiVersion,
  type ResourceInfo,
  type ResourceLookup,
  spliceResourceVersion,
} from '@orrery/api';
import { CachedObject } from '../cache/cached-object.ts';
import type { ConversionWebhook } from './conversion-webhook.ts';

/** Now, where nobody outside has to be asked. */
export type Eventually<T> = T | Promise<T>;

/**
 * Stored objects as a version of their resource serves them, and back. Built-in objects are stored as they are served. Custom resources are
 * converted, cut to today's schema and filled with its defaults; the results are kept as long as the stored object and the definition stay the same.
 */
export class ObjectVersions {
  private readonly served = new WeakMap<ResourceInfo, WeakMap<object, unknown>>();

  constructor(
    private readonly resources: ResourceLookup,
    private readonly webhook: ConversionWebhook,
  ) {}

  serveOne(info: ResourceInfo, object: CachedObject): Eventually<CachedObject> {
    if (info.custom === undefined) return object;
    const served = this.serve(info, [object]);
    return served instanceof Promise ? served.then(([one = object]) => one) : (served[0] ?? object);
  }

  /** In the order of `objects`; the same array where nothing changes. */
  serve(info: ResourceInfo, objects: readonly CachedObject[]): Eventually<readonly CachedObject[]> {
    if (info.custom === undefined || objects.length === 0) return objects;
    const known = this.keptFor(info).get(objects) as readonly CachedObject[] | undefined;
    if (known !== undefined) return known;
    const converted = this.prepare(info, objects);
    if (converted instanceof Promise) return converted.then(() => this.collect(info, objects));
    return this.collect(info, objects);
  }

  /** The object in the version that it is stored in. */
  toStorage(info: ResourceInfo, object: ApiObject): Eventually<ApiObject> {
    if (info.custom === undefined) return object;
    return this.convertCustom(info.custom, object, apiVersionOf(info.storage));
  }

  /** The object, which is in version `from`, in another version of its resource. Never changes its argument. */
  convert(object: ApiObject, from: ResourceInfo, to: ResourceInfo): Eventually<ApiObject> {
    if (to.custom === undefined) return convertVersion(object, from, to);
    return this.convertCustom(to.custom, object, apiVersionOf(to));
  }

  private convertCustom(custom: CustomKind, object: ApiObject, apiVersion: string): Eventually<ApiObject> {
    if (object.apiVersion === apiVersion) return object;
    if (custom.conversion.strategy === 'None') return { ...object, apiVersion };
    return this.webhook.convert(custom, [object], apiVersion).then(([converted = object]) => converted);
  }

  /** Makes the served form of every object that has none yet. */
  private prepare(info: ResourceInfo, objects: readonly CachedObject[]): Eventually<void> {
    const { custom } = info;
    if (custom === undefined) return;
    const kept = this.keptFor(info);
    const missing = objects.filter((object) => !kept.has(object));
    const apiVersion = apiVersionOf(info);
    if (custom.conversion.strategy === 'None') {
      for (const cached of missing) this.keep(info, cached, { ...structuredClone(cached.object), apiVersion });
      return;
    }
    const foreign = missing.filter(({ object }) => object.apiVersion !== apiVersion);
    for (const cached of missing) {
      if (cached.object.apiVersion === apiVersion) this.keep(info, cached, structuredClone(cached.object));
    }
    if (foreign.length === 0) return;
    const sources = foreign.map(({ object }) => this.coercedByOwnVersion(info, object));
    return this.webhook.convert(custom, sources, apiVersion).then((converted) => {
      for (const [i, cached] of foreign.entries()) this.keep(info, cached, converted[i] ?? cached.object);
    });
  }

  /** A webhook gets only what the schema of the stored version allows. */
  private coercedByOwnVersion(info: ResourceInfo, object: ApiObject): ApiObject {
    const { version = '' } = parseApiVersion(object.apiVersion) ?? {};
    const own = this.resources.find(info.group, version, info.resource)?.custom;
    const copy = structuredClone(object);
    own?.coerce(copy);
    return copy;
  }

  private keep(info: ResourceInfo, cached: CachedObject, object: ApiObject): void {
    info.custom?.coerce(object);
    const kept = this.keptFor(info);
    const served = deepEqual(object, cached.object) ? cached : withObject(cached, object);
    kept.set(cached, served);
    kept.set(served, served);
  }

  private collect(info: ResourceInfo, objects: readonly CachedObject[]): readonly CachedObject[] {
    const kept = this.keptFor(info);
    const served = objects.map((object) => kept.get(object) as CachedObject);
    const result = served.every((object, i) => object === objects[i]) ? objects : served;
    kept.set(objects, result);
    return result;
  }

  private keptFor(info: ResourceInfo): WeakMap<object, unknown> {
    const known = this.served.get(info) ?? new WeakMap<object, unknown>();
    this.served.set(info, known);
    return known;
  }
}

function withObject({ key, revision }: CachedObject, object: ApiObject): CachedObject {
  const bytes = encodeObject(object);
  return new CachedObject(key, revision, revision === 0 ? bytes : spliceResourceVersion(bytes, revision));
}
