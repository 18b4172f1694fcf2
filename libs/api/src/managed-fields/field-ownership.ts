import { deepEqual } from '../object/deep-equal.ts';
import type { ApiObject } from '../resource/resource-type.ts';
import { type ApplyConflict, ApplyConflictsError } from './apply-conflicts.ts';
import { type Comparison, compareFields, filterComparison } from './compare-fields.ts';
import { extractFields } from './extract-fields.ts';
import { FieldSet } from './field-set.ts';
import { type Manager, type ManagerIdentity, type Managers, managerKey } from './managers.ts';
import type { MergeSchema } from './merge-schema.ts';
import { mergeValues } from './merge-values.ts';
import { removeFields } from './remove-fields.ts';
import { reconcileWithSchema, withNamedFields } from './schema-sets.ts';

/** The versions that a resource is served in. */
export interface ObjectVersions {
  /** `undefined` for a version that is not served (any more). */
  schemaOf(apiVersion: string): MergeSchema | undefined;
  /** The object as `apiVersion` has it; never changes its argument. Only for versions that have a schema. */
  convert(object: ApiObject, apiVersion: string): ApiObject | Promise<ApiObject>;
}

/** What an apply comes to. */
export interface Applied {
  /** `undefined` where the live object stays as it is. */
  readonly object: ApiObject | undefined;
  readonly managers: Managers;
}

/**
 * Who owns which fields, through updates and applies: the rules of upstream's structured merge. All objects that come in are in the
 * same version, and without `managedFields`.
 */
export class FieldOwnership {
  constructor(
    private readonly versions: ObjectVersions,
    private readonly apiVersion: string,
    /** Drops the fields that the resource does not let this writer set. */
    private readonly settable: (set: FieldSet) => FieldSet,
  ) {}

  /** What an update changes, but for what it cannot change. */
  compare(live: ApiObject, object: ApiObject): Comparison {
    return filterComparison(compareFields(this.schema(), live, object), this.settable);
  }

  /** Managers after an update by a writer that owned nothing before: it owns what it changes, all others lose that. */
  async update(
    live: ApiObject,
    object: ApiObject,
    comparison: Comparison,
    managers: Managers,
    writer: ManagerIdentity,
  ): Promise<Map<string, Manager>> {
    const reconciled = await this.reconciled(managers);
    const owners = await this.dispossess(live, object, comparison, reconciled, { except: undefined, force: true });
    const fields = this.settable(comparison.modified.union(comparison.added));
    if (!fields.isEmpty) owners.set(writerKey, { ...writer, fields, time: undefined });
    return owners;
  }

  /** Throws `ApplyConflictsError` unless forced. */
  async apply(
    live: ApiObject,
    config: ApiObject,
    managers: Managers,
    writer: ManagerIdentity,
    force: boolean,
  ): Promise<Applied> {
    const owners = await this.reconciled(managers);
    const key = managerKey(writer);
    const last = owners.get(key);
    const fields = this.settable(extractFields(this.schema(), config));
    owners.set(key, { ...writer, fields, time: last?.time });
    const merged = mergeValues(this.schema(), live, config) as ApiObject;
    const object = await this.prune(merged, owners, last);
    const comparison = this.compare(live, object);
    const left = await this.dispossess(live, object, comparison, owners, { except: key, force });
    return { object: deepEqual(live, object) ? undefined : object, managers: left };
  }

  private schema(apiVersion: string = this.apiVersion): MergeSchema {
    const schema = this.versions.schemaOf(apiVersion);
    if (schema === undefined) throw new Error(`${apiVersion} has no schema`);
    return schema;
  }

  /** Takes from the managers what the change adds, modifies or removes; who owns nothing more is dropped. */
  private async dispossess(
    live: ApiObject,
    object: ApiObject,
    comparison: Comparison,
    managers: Managers,
    { except, force }: { readonly except: string | undefined; readonly force: boolean },
  ): Promise<Map<string, Manager>> {
    const comparisons = new Map([[this.apiVersion, comparison]]);
    const owners = new Map<string, Manager>();
    const conflicts: ApplyConflict[] = [];
    for (const [key, manager] of managers) {
      if (key === except) {
        owners.set(key, manager);
        continue;
      }
      const theirs = await this.compareIn(manager.apiVersion, live, object, comparisons);
      if (theirs === undefined) continue;
      const taken = manager.fields.intersection(theirs.modified.union(theirs.added));
      if (!force) for (const path of taken.paths()) conflicts.push({ manager, path });
      owners.set(key, { ...manager, fields: manager.fields.difference(taken).difference(theirs.removed) });
    }
    if (conflicts.length > 0) throw new ApplyConflictsError(conflicts.sort(byManager));
    for (const [key, { fields }] of owners) if (fields.isEmpty) owners.delete(key);
    return owners;
  }

  /** The same change in another version; `undefined` where that is not served. */
  private async compareIn(
    apiVersion: string,
    live: ApiObject,
    object: ApiObject,
    known: Map<string, Comparison>,
  ): Promise<Comparison | undefined> {
    const found = known.get(apiVersion);
    if (found !== undefined) return found;
    const schema = this.versions.schemaOf(apiVersion);
    if (schema === undefined) return undefined;
    const [before, after] = await Promise.all([live, object].map((one) => this.versions.convert(one, apiVersion)));
    const comparison = filterComparison(compareFields(schema, before, after), this.settable);
    known.set(apiVersion, comparison);
    return comparison;
  }

  /** Removes what the applier applied before, applies no more, and nobody else owns. */
  private async prune(merged: ApiObject, managers: Managers, last: Manager | undefined): Promise<ApiObject> {
    if (last === undefined || last.fields.isEmpty) return merged;
    const schema = this.versions.schemaOf(last.apiVersion);
    if (schema === undefined) return merged;
    const converted = await this.versions.convert(merged, last.apiVersion);
    const lastFields = withNamedFields(schema, last.fields);
    let pruned = removeFields(schema, converted, lastFields) as ApiObject;
    pruned = await this.addBackOwned(converted, pruned, last.apiVersion, managers);
    pruned = await this.versions.convert(asVersion(pruned, converted), last.apiVersion);
    const lost = fieldsOf(schema, converted).difference(fieldsOf(schema, pruned)).intersection(lastFields);
    return this.versions.convert(asVersion(removeFields(schema, converted, lost), converted), this.apiVersion);
  }

  /** Puts back what any manager owns, in each version that fields are owned in. */
  private async addBackOwned(
    merged: ApiObject,
    pruned: unknown,
    prunedVersion: string,
    managers: Managers,
  ): Promise<ApiObject> {
    const owned = new Map<string, FieldSet>([[prunedVersion, new FieldSet()]]);
    for (const { apiVersion, fields } of managers.values()) {
      owned.set(apiVersion, (owned.get(apiVersion) ?? new FieldSet()).union(fields));
    }
    let result = asVersion(pruned, merged);
    for (const [apiVersion, fields] of owned) {
      const schema = this.versions.schemaOf(apiVersion);
      if (schema === undefined || fields.isEmpty) continue;
      const all = await this.versions.convert(merged, apiVersion);
      const left = await this.versions.convert(result, apiVersion);
      const kept = fieldsOf(schema, left).union(withNamedFields(schema, fields));
      result = asVersion(removeFields(schema, all, fieldsOf(schema, all).difference(kept)), all);
    }
    return result;
  }

  /** Sets as today's schemas would have made them. */
  private async reconciled(managers: Managers): Promise<Map<string, Manager>> {
    const owners = new Map<string, Manager>();
    for (const [key, manager] of managers) {
      const schema = this.versions.schemaOf(manager.apiVersion);
      if (schema === undefined) continue;
      const fields = reconcileWithSchema(schema, manager.fields);
      owners.set(key, fields === manager.fields ? manager : { ...manager, fields });
    }
    return owners;
  }
}

/** Key of the writer in the result of `update`: it is not yet one with what the same manager did before. */
export const writerKey = '';

function fieldsOf(schema: MergeSchema, object: unknown): FieldSet {
  return withNamedFields(schema, extractFields(schema, object));
}

/** Kind and version survive every removal: conversion needs them. */
function asVersion(object: unknown, { kind, apiVersion }: ApiObject): ApiObject {
  return { ...(object as ApiObject | null), kind, apiVersion } as ApiObject;
}

function byManager(a: ApplyConflict, b: ApplyConflict): number {
  const [left, right] = [managerKey(a.manager), managerKey(b.manager)];
  return left === right ? 0 : left < right ? -1 : 1;
}
