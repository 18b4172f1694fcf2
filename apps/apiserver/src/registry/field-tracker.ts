import {
  type ApiObject,
  apiVersionOf,
  convertVersion,
  deepEqual,
  emptyObjectOf,
  FieldManager,
  type ManagedFieldsEntry,
  managedFieldsProblem,
  type ResourceInfo,
  type ResourceTable,
  ResourceVersions,
  settableFields,
} from '@orrery/api';
import { type Clock, formatTime } from '@orrery/runtime';
import type { ObjectVersions } from '../custom-resources/object-versions.ts';
import { fieldManagerOf } from './field-manager-name.ts';
import type { ResourceContext } from './resource-context.ts';

/** Keeps `metadata.managedFields` through all writes of the registry. */
export class FieldTracker {
  /** By resource in its version, then by subresource: as many as the table has rows. */
  private readonly managers = new WeakMap<ResourceInfo, Map<string, FieldManager>>();

  constructor(
    private readonly resources: Pick<ResourceTable, 'byKind'>,
    private readonly versions: Pick<ObjectVersions, 'convert'>,
    private readonly clock: Clock,
  ) {}

  /** Notes on `object` what the request changes, before admission changes more. Both are in the stored version; no `live`: a create. */
  async track(context: ResourceContext, live: ApiObject | undefined, object: ApiObject): Promise<void> {
    const { info, stored } = context;
    const entries = await this.managerFor(context).update(
      live && convertVersion(live, stored, info),
      convertVersion(object, stored, info),
      fieldManagerOf(context),
      this.now(),
    );
    setEntries(object, entries);
  }

  /**
   * The live object with an applied one merged in, in the version of the request, without defaults. Throws `ApplyConflictsError`,
   * `ManagedFieldsError`.
   */
  apply(
    context: ResourceContext,
    live: ApiObject | undefined,
    config: ApiObject,
    options: { readonly manager: string; readonly force: boolean },
  ): Promise<ApiObject> {
    const { info, stored } = context;
    const current = live && convertVersion(live, stored, info);
    return this.managerFor(context).apply(current, config, options, this.now());
  }

  /** Runs admission; managed fields that cannot be read any more after it are those from before, and the client is told. */
  async guard(object: ApiObject, admit: () => Promise<void>, warn: (text: string) => void): Promise<void> {
    const entries = object.metadata.managedFields;
    await admit();
    if (object.metadata.managedFields === entries) return;
    const problem = managedFieldsProblem(object.metadata.managedFields);
    if (problem === undefined) return;
    setEntries(object, entries);
    warn(
      `.metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating admission controller; please fix your requests: ${problem}`,
    );
  }

  private managerFor({ info, target }: ResourceContext): FieldManager {
    const { subresource } = target;
    const bySubresource = this.managers.get(info) ?? new Map<string, FieldManager>();
    this.managers.set(info, bySubresource);
    const manager = bySubresource.get(subresource) ?? this.newManager(info, subresource);
    bySubresource.set(subresource, manager);
    return manager;
  }

  private newManager(info: ResourceInfo, subresource: string): FieldManager {
    const apiVersion = apiVersionOf(info);
    return new FieldManager({
      apiVersion,
      subresource,
      versions: new ResourceVersions(
        info,
        (group, version, kind) => this.resources.byKind(group, version, kind),
        (object, from, to) => this.versions.convert(object, from, to),
      ),
      settable: settableFields(info, subresource),
      empty: emptyObjectOf(info, apiVersion),
    });
  }

  private now(): string {
    return formatTime(this.clock.now());
  }
}

/** Nothing but the order of fields, and the times of managers, tells the objects apart: there is nothing to write. */
export function isUnchanged(object: ApiObject, old: ApiObject): boolean {
  const { metadata, ...rest } = object;
  const { metadata: oldMetadata, ...oldRest } = old;
  const { managedFields = [], resourceVersion: _, ...others } = metadata;
  const { managedFields: oldManagedFields = [], resourceVersion: __, ...oldOthers } = oldMetadata;
  return (
    deepEqual(rest, oldRest) &&
    deepEqual(others, oldOthers) &&
    (managedFields === oldManagedFields || deepEqual(managedFields.map(withoutTime), oldManagedFields.map(withoutTime)))
  );
}

function setEntries(object: ApiObject, entries: ManagedFieldsEntry[] | undefined): void {
  if (entries === undefined) delete object.metadata.managedFields;
  else object.metadata.managedFields = entries;
}

function withoutTime({ time: _, ...entry }: ManagedFieldsEntry): ManagedFieldsEntry {
  return entry;
}
