import {
  type ApiObject,
  apiVersionOf,
  convertVersion,
  encodeObject,
  type ResourceInfo,
  renderTable,
  spliceResourceVersion,
} from '@orrery/api';
import type { Clock } from '@orrery/runtime';
import { stringify } from 'yaml';
import type { CachedObject } from '../cache/cached-object.ts';
import type { ApiResponse, ResponseBody } from '../http/api-response.ts';
import type { OutputForm } from './accept.ts';

export interface ListMetadata {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

/** How the objects of a resource are written for one request. */
export interface Representation {
  object(object: CachedObject, status?: number): ApiResponse;
  list(objects: readonly CachedObject[], metadata: ListMetadata): ApiResponse;
  /** One line of a watch. */
  watchEvent(type: WatchEventType, object: CachedObject): Uint8Array;
}

export interface RepresentationOptions {
  readonly info: ResourceInfo;
  readonly stored: ResourceInfo;
  readonly form: OutputForm;
  readonly clock: Clock;
  /** Query `includeObject`: how much of each object a table row carries. */
  readonly includeObject: 'None' | 'Metadata' | 'Object';
  readonly pretty: boolean;
}

/** The cheapest writer for what the client asked: the stored bytes as they are wherever that is possible. */
export function representationOf(options: RepresentationOptions): Representation {
  const { info, stored, form } = options;
  const bytesFit = info.group === stored.group && info.version === stored.version;
  if (bytesFit && form.encoding === 'json' && form.as === 'Object' && !options.pretty) return new StoredBytes(info);
  return new Rendered(options);
}

const encoder = new TextEncoder();
const comma = encoder.encode(',');
const listEnd = encoder.encode(']}\n');
const lineEnd = encoder.encode('}\n');
const newline = encoder.encode('\n');
const eventHeads: Readonly<Record<WatchEventType, Uint8Array>> = {
  ADDED: encoder.encode('{"type":"ADDED","object":'),
  MODIFIED: encoder.encode('{"type":"MODIFIED","object":'),
  DELETED: encoder.encode('{"type":"DELETED","object":'),
  BOOKMARK: encoder.encode('{"type":"BOOKMARK","object":'),
  ERROR: encoder.encode('{"type":"ERROR","object":'),
};

/** A line of a watch around the JSON of its object. */
export function watchLine(type: WatchEventType, object: Uint8Array): Uint8Array {
  return Buffer.concat([eventHeads[type], object, lineEnd]);
}

/** The items of a list that is asked for again and again: the cache hands out the same array until something changes. */
const joinedLists = new WeakMap<readonly CachedObject[], Uint8Array>();

function joinedItems(objects: readonly CachedObject[]): Uint8Array {
  const known = joinedLists.get(objects);
  if (known) return known;
  const joined = Buffer.concat(objects.flatMap(({ bytes }, index) => (index > 0 ? [comma, bytes] : [bytes])));
  joinedLists.set(objects, joined);
  return joined;
}

/** Writes the cache's bytes without reading them. */
class StoredBytes implements Representation {
  /** One line serves all watchers of the same change. */
  private static readonly lines = new WeakMap<CachedObject, { type: WatchEventType; line: Uint8Array }>();

  constructor(private readonly info: ResourceInfo) {}

  object(object: CachedObject, status = 200): ApiResponse {
    return { status, contentType: 'application/json', body: [object.bytes, newline] };
  }

  list(objects: readonly CachedObject[], metadata: ListMetadata): ApiResponse {
    const { listKind } = this.info;
    const head = JSON.stringify({ kind: listKind, apiVersion: apiVersionOf(this.info), metadata, items: [] });
    const body = [encoder.encode(head.slice(0, -2)), joinedItems(objects), listEnd];
    return { status: 200, contentType: 'application/json', body };
  }

  watchEvent(type: WatchEventType, object: CachedObject): Uint8Array {
    const known = StoredBytes.lines.get(object);
    if (known?.type === type) return known.line;
    const line = watchLine(type, object.bytes);
    StoredBytes.lines.set(object, { type, line });
    return line;
  }
}

/** Reads each object and writes it in another version, shape or encoding. */
class Rendered implements Representation {
  private columnsSent = false;

  constructor(private readonly options: RepresentationOptions) {}

  object(object: CachedObject, status = 200): ApiResponse {
    return this.respond(this.shaped(this.converted(object)), status);
  }

  list(objects: readonly CachedObject[], metadata: ListMetadata): ApiResponse {
    const items = objects.map((object) => this.converted(object));
    const { info, form } = this.options;
    if (form.as === 'Table') return this.respond(this.table(items, metadata), 200);
    if (form.as !== 'Object') {
      const apiVersion = `meta.k8s.io/${form.metaVersion}`;
      const list = {
        kind: 'PartialObjectMetadataList',
        apiVersion,
        metadata,
        items: items.map((i) => this.partial(i)),
      };
      return this.respond(list, 200);
    }
    return this.respond({ kind: info.listKind, apiVersion: apiVersionOf(info), metadata, items }, 200);
  }

  watchEvent(type: WatchEventType, object: CachedObject): Uint8Array {
    const shaped = type === 'BOOKMARK' ? this.bookmark(object) : this.changed(object);
    return watchLine(type, encoder.encode(JSON.stringify(shaped)));
  }

  /** Of the tables in a watch only the first has columns. */
  private changed(object: CachedObject): unknown {
    const shaped = this.shaped(this.converted(object));
    if (this.options.form.as !== 'Table') return shaped;
    const bare = this.columnsSent;
    this.columnsSent = true;
    return bare ? { ...(shaped as object), columnDefinitions: null } : shaped;
  }

  private converted(object: CachedObject): ApiObject {
    return convertVersion(object.object, this.options.stored, this.options.info);
  }

  private shaped(object: ApiObject): unknown {
    switch (this.options.form.as) {
      case 'Object':
        return object;
      case 'Table':
        return this.table([object], { resourceVersion: object.metadata.resourceVersion });
      case 'PartialObjectMetadata':
      case 'PartialObjectMetadataList':
        return this.partial(object);
    }
  }

  /** A bookmark carries nothing but its metadata, in every shape. */
  private bookmark(object: CachedObject): unknown {
    const { form } = this.options;
    const { metadata } = object.object;
    if (form.as !== 'Table') return this.shaped(this.converted(object));
    const row = { cells: [], object: this.partial(object.object) };
    return {
      kind: 'Table',
      apiVersion: `meta.k8s.io/${form.metaVersion}`,
      metadata,
      columnDefinitions: null,
      rows: [row],
    };
  }

  private partial(object: ApiObject): unknown {
    const apiVersion = `meta.k8s.io/${this.options.form.metaVersion}`;
    return { kind: 'PartialObjectMetadata', apiVersion, metadata: object.metadata };
  }

  private table(objects: readonly ApiObject[], metadata: ListMetadata): unknown {
    const { info, form, clock, includeObject } = this.options;
    const table = renderTable(info, objects, { nowMs: clock.now(), includeObject, listMetadata: metadata });
    return { ...table, apiVersion: `meta.k8s.io/${form.metaVersion}` };
  }

  private respond(value: unknown, status: number): ApiResponse {
    if (this.options.form.encoding === 'yaml') {
      return { status, contentType: 'application/yaml', body: encoder.encode(stringify(value)) };
    }
    const text = this.options.pretty ? JSON.stringify(value, undefined, 2) : JSON.stringify(value);
    const body: ResponseBody = encoder.encode(`${text}\n`);
    return { status, contentType: 'application/json', body };
  }
}

/** The served bytes of an object that is written at `revision`, or that never was (dry run: 0). */
export function servedBytes(object: ApiObject, revision: number): Uint8Array {
  const bytes = encodeObject(object);
  return revision === 0 ? bytes : spliceResourceVersion(bytes, revision);
}
