import type { FieldSet } from './field-set.ts';
import { type Manager, type Managers, managerKey, secondsOf } from './managers.ts';

/** Managers of updates that one object may have, as upstream limits them. */
export const updateManagersMax = 10;

const ancientManager = 'ancient-changes';

/** Joins the oldest managers of updates, version by version, until no more than `updateManagersMax` are left. */
export function ancientChanges(managers: Managers): Map<string, Manager> {
  const result = new Map(managers);
  const updaters = [...managers].filter(([, { operation }]) => operation === 'Update').sort(byAge);
  let count = updaters.length;
  const firsts = new Map<string, string>();
  for (const [key, manager] of updaters) {
    if (count <= updateManagersMax) break;
    const { apiVersion } = manager;
    const first = firsts.get(apiVersion);
    if (first === undefined) {
      firsts.set(apiVersion, key);
      continue;
    }
    const identity = { manager: ancientManager, operation: 'Update', apiVersion, subresource: '' } as const;
    const bucket = managerKey(identity);
    const before = result.get(bucket) ?? take(result, first);
    result.delete(key);
    result.set(bucket, { ...identity, fields: joined(manager, before), time: manager.time });
    count -= 1;
  }
  return result;
}

function joined(manager: Manager, bucket: Manager | undefined): FieldSet {
  return bucket === undefined ? manager.fields : manager.fields.union(bucket.fields);
}

function take(managers: Map<string, Manager>, key: string): Manager | undefined {
  const manager = managers.get(key);
  managers.delete(key);
  return manager;
}

function byAge([a, left]: [string, Manager], [b, right]: [string, Manager]): number {
  return secondsOf(left) - secondsOf(right) || (a < b ? -1 : 1);
}
