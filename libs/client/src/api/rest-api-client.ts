import {
  ApiError,
  type ApiObject,
  apiVersionOf,
  codeOf,
  type Draft,
  fromStatus,
  isNotFound,
  isServiceUnavailable,
  isTooManyRequests,
  type ObjectKey,
  type ObjectList,
  ResourceTable,
  type ResourceType,
  type Status,
} from '@orrery/api';
import type { Milliseconds, Timers } from '@orrery/runtime';
import type { ApiClient, DeleteOptions, ListOptions, Patch, PatchOptions, WriteOptions } from './api-client.ts';
import {
  type ApiTransport,
  type ApiTransportRequest,
  type ApiTransportResponse,
  ApiUnreachableError,
} from './api-transport.ts';
import { collectionPath, objectPath, queryText } from './resource-path.ts';

export interface RestApiClientOptions {
  /**
   * Attempts per request while no API server answers, or it asks to come back later. Writes are repeated only where the
   * first attempt was certainly not carried out. Default 8, about six seconds.
   */
  readonly attemptsMax?: number;
  /** Default `fieldManager` of writes. */
  readonly fieldManager?: string;
  /** Kinds of types that a draft names only by resource. Default: the built-in ones. */
  readonly resources?: ResourceTable;
}

/** Names, paths, bodies and errors of the REST API, over any transport. */
export class RestApiClient implements ApiClient {
  private readonly attemptsMax: number;
  private readonly fieldManager: string | undefined;
  private readonly resources: ResourceTable;

  constructor(
    private readonly transport: ApiTransport,
    private readonly timers: Timers,
    options: RestApiClientOptions = {},
  ) {
    this.attemptsMax = options.attemptsMax ?? 8;
    this.fieldManager = options.fieldManager;
    this.resources = options.resources ?? ResourceTable.builtIn();
  }

  async get<T extends ApiObject>(type: ResourceType<T>, key: ObjectKey): Promise<T | undefined> {
    try {
      return await this.call<T>('GET', objectPath(type, key));
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async list<T extends ApiObject>(type: ResourceType<T>, options: ListOptions = {}): Promise<ObjectList<T>> {
    const { labelSelector, fieldSelector } = options;
    const query = queryText({ labelSelector, fieldSelector });
    const list = await this.call<ObjectList<T>>('GET', collectionPath(type, options.namespace ?? '') + query);
    const kind = this.kindOf(type);
    const items = list.items ?? [];
    for (const item of items) {
      item.apiVersion ??= apiVersionOf(type);
      if (kind !== undefined) item.kind ??= kind;
    }
    return { ...list, items };
  }

  create<T extends ApiObject>(type: ResourceType<T>, object: Draft<T>, options?: WriteOptions): Promise<T> {
    const kind = object.kind ?? this.kindOf(type);
    const body = { ...object, apiVersion: object.apiVersion ?? apiVersionOf(type), ...(kind && { kind }) };
    const path = collectionPath(type, object.metadata.namespace ?? '') + this.writeQuery(options);
    return this.call<T>('POST', path, body);
  }

  update<T extends ApiObject>(type: ResourceType<T>, object: T, options?: WriteOptions): Promise<T> {
    return this.call<T>('PUT', objectPath(type, keyIn(object)) + this.writeQuery(options), object);
  }

  updateStatus<T extends ApiObject>(type: ResourceType<T>, object: T, options?: WriteOptions): Promise<T> {
    return this.call<T>('PUT', objectPath(type, keyIn(object), 'status') + this.writeQuery(options), object);
  }

  patch<T extends ApiObject>(type: ResourceType<T>, key: ObjectKey, patch: Patch, options?: PatchOptions): Promise<T> {
    const path = objectPath(type, key, options?.subresource) + this.writeQuery(options);
    const body = patch.type === 'json' ? patch.operations : patch.body;
    return this.call<T>('PATCH', path, body, patchContentTypes[patch.type]);
  }

  async delete<T extends ApiObject>(type: ResourceType<T>, key: ObjectKey, options?: DeleteOptions): Promise<void> {
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', ...options };
    try {
      await this.call('DELETE', objectPath(type, key), body);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  createSubresource<T extends ApiObject, B extends object>(
    type: ResourceType<T>,
    key: ObjectKey,
    subresource: string,
    body: object,
  ): Promise<B> {
    return this.call<B>('POST', objectPath(type, key, subresource), body);
  }

  /** PUTs to a subresource: `finalize`, `ephemeralcontainers`. */
  updateSubresource<T extends ApiObject>(type: ResourceType<T>, object: T, subresource: string): Promise<T> {
    return this.call<T>('PUT', objectPath(type, keyIn(object), subresource), object);
  }

  private async call<R>(
    method: ApiTransportRequest['method'],
    path: string,
    body?: object,
    contentType = 'application/json',
  ): Promise<R> {
    const encoded = body === undefined ? empty : encoder.encode(JSON.stringify(body));
    const request = { method, path, contentType: body === undefined ? '' : contentType, body: encoded };
    for (let attempt = 1; ; attempt++) {
      try {
        return readAnswer<R>(await this.transport.send(request));
      } catch (error) {
        if (attempt >= this.attemptsMax || !mayRepeat(method, error)) throw error;
        await this.timers.sleep(retryDelay(attempt, error));
      }
    }
  }

  private writeQuery(options: WriteOptions | undefined): string {
    return queryText({ fieldManager: options?.fieldManager ?? this.fieldManager });
  }

  private kindOf<T extends ApiObject>(type: ResourceType<T>): string | undefined {
    return this.resources.find(type.group, type.version, type.resource)?.kind;
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const empty = new Uint8Array();

const patchContentTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const;

function keyIn(object: ApiObject): ObjectKey {
  return { namespace: object.metadata.namespace ?? '', name: object.metadata.name };
}

function readAnswer<R>({ status, body }: ApiTransportResponse): R {
  if (status >= 200 && status < 300) return JSON.parse(decoder.decode(body)) as R;
  throw fromStatus(readStatus(status, decoder.decode(body)));
}

/** Answers of proxies and crashed servers are no `Status`; they still become one. */
function readStatus(code: number, text: string): Status {
  try {
    const parsed = JSON.parse(text) as Partial<Status>;
    if (parsed.kind === 'Status') return { ...parsed, code: parsed.code ?? code } as Status;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  const message = text === '' ? `the server answered with status ${code}` : text.slice(0, 2048);
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', code, message };
}

function mayRepeat(method: string, error: unknown): boolean {
  if (error instanceof ApiUnreachableError) return error.carriedOut === 'no' || method === 'GET';
  if (isTooManyRequests(error)) return (error as ApiError).status.details?.causes === undefined;
  return method === 'GET' && (isServiceUnavailable(error) || codeOf(error) === 504);
}

/** 25 ms, doubling up to two seconds, or what the server asked for. */
function retryDelay(attempt: number, error: unknown): Milliseconds {
  const asked = error instanceof ApiError ? error.status.details?.retryAfterSeconds : undefined;
  return asked !== undefined && asked > 0 ? asked * 1000 : Math.min(25 * 2 ** attempt, 2000);
}
