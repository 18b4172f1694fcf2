import { parseTime } from '@orrery/runtime';
import type { ManagedFieldsEntry } from '../generated/kinds.ts';
import type { FieldSet } from './field-set.ts';
import { formatFieldsV1, parseFieldsV1 } from './fields-v1.ts';
import { ManagedFieldsError } from './managed-fields-error.ts';

/** Who writes, and how: what tells one entry of `managedFields` from another. */
export interface ManagerIdentity {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  /** Version that the fields are named in. An applier is the same in all versions. */
  readonly apiVersion: string;
  /** `''` for the object itself. */
  readonly subresource: string;
}

/** A manager and the fields that it owns. */
export interface Manager extends ManagerIdentity {
  readonly fields: FieldSet;
  /** RFC 3339; absent where it has never been set. */
  readonly time: string | undefined;
}

/** By `managerKey`. */
export type Managers = ReadonlyMap<string, Manager>;

/** Upstream's identifier of a manager, which also orders managers in messages. */
export function managerKey({ manager, operation, apiVersion, subresource }: ManagerIdentity): string {
  return JSON.stringify({
    manager: manager || undefined,
    operation,
    apiVersion: operation === 'Apply' ? undefined : apiVersion,
    subresource: subresource || undefined,
  });
}

/** Reads `metadata.managedFields`. Throws `ManagedFieldsError`. */
export function readManagers(entries: readonly ManagedFieldsEntry[] = []): Map<string, Manager> {
  const managers = new Map<string, Manager>();
  for (const [index, entry] of entries.entries()) {
    const { manager = '', operation, apiVersion = '', subresource = '', fieldsType = '', time } = entry;
    if (operation !== 'Apply' && operation !== 'Update') {
      throw new ManagedFieldsError('operation must be `Apply` or `Update`');
    }
    if (apiVersion === '') throw new ManagedFieldsError('apiVersion must not be empty');
    if (fieldsType === '') throw new ManagedFieldsError(`missing fieldsType in managed fields entry ${index}`);
    if (fieldsType !== 'FieldsV1') {
      throw new ManagedFieldsError(`invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${index}`);
    }
    const identity = { manager, operation, apiVersion, subresource } as const;
    managers.set(managerKey(identity), { ...identity, time, fields: parseFieldsV1(entry.fieldsV1) });
  }
  return managers;
}

/** Why a book cannot be read; `undefined` where it can. */
export function managedFieldsProblem(entries: readonly ManagedFieldsEntry[] | undefined): string | undefined {
  try {
    readManagers(entries);
    return undefined;
  } catch (error) {
    if (error instanceof ManagedFieldsError) return error.message;
    throw error;
  }
}

/** Writes `metadata.managedFields`: appliers first, then by time and name. `undefined` for no managers. */
export function writeManagers(managers: Managers): ManagedFieldsEntry[] | undefined {
  if (managers.size === 0) return undefined;
  return [...managers.values()].sort(compareManagers).map(({ fields, ...entry }) => ({
    manager: entry.manager,
    operation: entry.operation,
    apiVersion: entry.apiVersion,
    ...(entry.time !== undefined && { time: entry.time }),
    fieldsType: 'FieldsV1',
    fieldsV1: formatFieldsV1(fields) as Record<string, unknown>,
    ...(entry.subresource !== '' && { subresource: entry.subresource }),
  }));
}

/** Whole seconds since the epoch; 0 where there is no time. */
export function secondsOf({ time }: Pick<Manager, 'time'>): number {
  return time === undefined ? 0 : Math.floor((parseTime(time) ?? 0) / 1000);
}

function compareManagers(a: Manager, b: Manager): number {
  return (
    compareTexts(a.operation, b.operation) ||
    secondsOf(a) - secondsOf(b) ||
    compareTexts(a.manager, b.manager) ||
    compareTexts(a.apiVersion, b.apiVersion) ||
    compareTexts(a.subresource, b.subresource)
  );
}

function compareTexts(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
