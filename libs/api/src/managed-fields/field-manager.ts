import type { ManagedFieldsEntry } from '../generated/kinds.ts';
import { deepEqual } from '../object/deep-equal.ts';
import type { ApiObject } from '../resource/resource-type.ts';
import { ancientChanges } from './ancient-changes.ts';
import { ApplyConflictsError } from './apply-conflicts.ts';
import { type Comparison, isSame } from './compare-fields.ts';
import { type Applied, FieldOwnership, type ObjectVersions, writerKey } from './field-ownership.ts';
import { FieldSet } from './field-set.ts';
import { hasLastApplied, lastAppliedFields, withLastApplied } from './last-applied.ts';
import { ManagedFieldsError } from './managed-fields-error.ts';
import {
  type Manager,
  type ManagerIdentity,
  type Managers,
  managerKey,
  readManagers,
  writeManagers,
} from './managers.ts';
import { fieldPath } from './path-element.ts';
import type { SettableFields } from './settable-fields.ts';

/** What the tracking of one kind of write depends on. */
export interface FieldManagerTarget {
  /** Version that the request names fields in; all objects that come in are in it. */
  readonly apiVersion: string;
  /** `''` for the object itself. */
  readonly subresource: string;
  readonly versions: ObjectVersions;
  readonly settable: SettableFields;
  /** An object that nobody has set a field of. */
  readonly empty: ApiObject;
}

/** Manager of what an object held before its first apply, where nobody had kept book. */
const beforeFirstApply = 'before-first-apply';

/** Only this manager takes over fields from, and keeps up, kubectl's annotation of client-side apply. */
const kubectl = 'kubectl';

/** Upstream's fields that have no owners: names, versions and what only the server sets. */
const ownerless = FieldSet.of(
  fieldPath('apiVersion'),
  fieldPath('kind'),
  fieldPath('metadata'),
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map((name) => fieldPath('metadata', name)),
);

/** Keeps `metadata.managedFields` through writes, and merges applied objects into live ones. `now`: RFC 3339, whole seconds. */
export class FieldManager {
  private readonly ownership: FieldOwnership;

  constructor(private readonly target: FieldManagerTarget) {
    this.ownership = new FieldOwnership(target.versions, target.apiVersion, target.settable);
  }

  /**
   * The managed fields after a create (no `live`), update or patch. The request's own managed fields count where they can be read;
   * an empty list, or one with an empty entry, ends the keeping of book.
   */
  async update(
    live: ApiObject | undefined,
    object: ApiObject,
    manager: string,
    now: string,
  ): Promise<ManagedFieldsEntry[] | undefined> {
    const given = this.givenEntries(live, object);
    const [before, after] = [bare(live ?? this.target.empty), bare(object)];
    const comparison = this.ownership.compare(before, after);
    if (given === live?.metadata.managedFields && isSame(comparison)) return given;
    const managers = maybeManagers(given) ?? maybeManagers(live?.metadata.managedFields) ?? new Map<string, Manager>();
    if (managers.size === 0 && live !== undefined) return undefined;
    return writeManagers(await this.updated(before, after, comparison, managers, manager, now));
  }

  /**
   * The live object with an applied one merged in, and its managed fields set; the live one where nothing changes. Throws `ApplyConflictsError`
   * unless forced, `ManagedFieldsError` for an object that does not fit its schema.
   */
  async apply(
    live: ApiObject | undefined,
    config: ApiObject,
    options: { readonly manager: string; readonly force: boolean },
    now: string,
  ): Promise<ApiObject> {
    let managers: Managers = readManagers(live?.metadata.managedFields);
    const before = bare(live ?? this.target.empty);
    if (managers.size === 0) {
      const empty = bare(this.target.empty);
      const comparison = this.ownership.compare(empty, before);
      managers = await this.updated(empty, before, comparison, managers, beforeFirstApply, now);
    }
    const applied = await this.applied(before, config, managers, options);
    const writer = this.identity(options.manager, 'Apply');
    const owners = withoutOwnerless(applied.managers, managerKey(writer));
    const own = owners.get(managerKey(writer));
    if (own !== undefined && applied.object !== undefined) owners.set(managerKey(writer), { ...own, time: now });
    const object = applied.object ?? before;
    const kept = options.manager === kubectl && hasLastApplied(object) ? withLastApplied(object, config) : object;
    return withManagedFields(kept, writeManagers(owners));
  }

  /** Fields that kubectl has put there by client-side apply are its own: they are no conflict. */
  private async applied(
    live: ApiObject,
    config: ApiObject,
    managers: Managers,
    { manager, force }: { readonly manager: string; readonly force: boolean },
  ): Promise<Applied> {
    const writer = this.identity(manager, 'Apply');
    try {
      return await this.ownership.apply(live, config, managers, writer, force);
    } catch (error) {
      if (manager !== kubectl || !(error instanceof ApplyConflictsError)) throw error;
      const schema = this.target.versions.schemaOf(this.target.apiVersion);
      const allowed = schema && lastAppliedFields(schema, live);
      if (allowed === undefined) throw error;
      if (!error.fields.difference(allowed).isEmpty) throw error.without(allowed);
      return this.ownership.apply(live, config, managers, writer, true);
    }
  }

  private async updated(
    before: ApiObject,
    after: ApiObject,
    comparison: Comparison,
    managers: Managers,
    manager: string,
    now: string,
  ): Promise<Map<string, Manager>> {
    const writer = this.identity(manager, 'Update');
    const updated = await this.ownership.update(before, after, comparison, managers, writer);
    const owners = withoutOwnerless(updated, writerKey);
    const own = owners.get(writerKey);
    if (own !== undefined) {
      owners.delete(writerKey);
      const key = managerKey(writer);
      const previous = owners.get(key)?.fields ?? new FieldSet();
      owners.set(key, { ...own, fields: own.fields.union(previous), time: now });
    }
    return ancientChanges(owners);
  }

  /** The entries that the write starts from. A subresource cannot set them. */
  private givenEntries(live: ApiObject | undefined, { metadata }: ApiObject): ManagedFieldsEntry[] | undefined {
    const own = live?.metadata.managedFields;
    const given = metadata.managedFields;
    if (this.target.subresource !== '' || given === undefined || deepEqual(given, own)) return own;
    return isReset(given) ? [] : given;
  }

  private identity(manager: string, operation: ManagerIdentity['operation']): ManagerIdentity {
    const { apiVersion, subresource } = this.target;
    return { manager: manager === '' ? 'unknown' : manager, operation, apiVersion, subresource };
  }
}

function isReset(entries: readonly ManagedFieldsEntry[]): boolean {
  return entries.length === 0 || (entries.length === 1 && Object.keys(entries[0] ?? {}).length === 0);
}

/** `undefined` where the entries are no valid ones, or none (unless they are none on purpose). */
function maybeManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers | undefined {
  if (entries === undefined) return undefined;
  try {
    return readManagers(entries);
  } catch (error) {
    if (error instanceof ManagedFieldsError) return undefined;
    throw error;
  }
}

function withoutOwnerless(managers: Managers, key: string): Map<string, Manager> {
  const result = new Map(managers);
  const own = result.get(key);
  if (own === undefined) return result;
  const fields = own.fields.difference(ownerless);
  if (fields.isEmpty) result.delete(key);
  else result.set(key, { ...own, fields });
  return result;
}

/** The object as ownership sees it: managed fields do not manage themselves. */
function bare(object: ApiObject): ApiObject {
  return object.metadata?.managedFields === undefined ? object : withManagedFields(object, undefined);
}

function withManagedFields(object: ApiObject, entries: ManagedFieldsEntry[] | undefined): ApiObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata: entries === undefined ? metadata : { ...metadata, managedFields: entries } };
}
