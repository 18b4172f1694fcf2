import { type ApiObject, apiVersionOf, applyDefaults, isAlreadyExists, type ResourceInfo } from '@orrery/api';
import { apiServerUser } from '../authentication/user-info.ts';
import type { ObjectCreator } from './object-creator.ts';
import type { ObjectDeleter } from './object-deleter.ts';
import type { ObjectLookup } from './object-lookup.ts';
import type { Desired, ObjectUpdater } from './object-updater.ts';
import { RequestNotes } from './request-notes.ts';
import type { ResourceContext } from './resource-context.ts';

/** An object as the server makes it itself: kind and version follow from the resource. */
export type SystemObject = Readonly<Record<string, unknown>> & {
  readonly metadata: { readonly name: string; readonly namespace?: string };
};

/** Writes objects on the server's own account, through the same admission and validation as everybody's. */
export class SystemWriter {
  constructor(
    private readonly lookup: ObjectLookup,
    private readonly creator: ObjectCreator,
    private readonly updater: ObjectUpdater,
    private readonly deleter: ObjectDeleter,
  ) {}

  /** Makes the object unless one of that name exists. True where it was made. */
  async ensure(info: ResourceInfo, object: SystemObject): Promise<boolean> {
    const { name, namespace = '' } = object.metadata;
    if (this.lookup.cached(info, namespace, name) !== undefined) return false;
    const full = structuredClone({
      kind: info.kind,
      apiVersion: apiVersionOf(info),
      ...object,
    }) as unknown as ApiObject;
    applyDefaults(info, full);
    try {
      await this.creator.create(systemContext(info, namespace, '', 'create'), full);
      return true;
    } catch (error) {
      if (isAlreadyExists(error)) return false;
      throw error;
    }
  }

  /** `subresource` is `''` for the object itself, or `status`. */
  async modify(
    info: ResourceInfo,
    namespace: string,
    name: string,
    subresource: string,
    desired: Desired,
  ): Promise<void> {
    const context = systemContext(info, namespace, name, 'update');
    await this.updater.modify({ ...context, target: { ...context.target, subresource } }, desired);
  }

  /** Throws `NotFound` where there is no such object. */
  async delete(info: ResourceInfo, namespace: string, name: string): Promise<void> {
    await this.deleter.delete(systemContext(info, namespace, name, 'delete'), {});
  }
}

const never = new AbortController().signal;

function systemContext(info: ResourceInfo, namespace: string, name: string, verb: string): ResourceContext {
  const { group, version, resource } = info;
  return {
    info,
    stored: info,
    user: apiServerUser,
    notes: new RequestNotes(),
    target: { kind: 'resource', verb, group, version, resource, subresource: '', namespace, name, rest: [], path: '' },
    request: {
      method: '',
      path: '',
      query: new URLSearchParams(),
      header: () => undefined,
      body: new Uint8Array(0),
      credentials: { kind: 'none' },
      signal: never,
    },
  };
}
