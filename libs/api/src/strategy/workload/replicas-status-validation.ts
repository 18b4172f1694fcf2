import { type FieldError, invalidValue } from '../../errors/field-error.ts';

const aboveReplicasText = 'cannot be greater than status.replicas';

/** No count of a controller's pods exceeds the count of all. `names` are the counts beside `replicas`. */
export function validateAtMostReplicas<T extends { readonly replicas?: number }>(
  status: T,
  names: readonly (keyof T & string)[],
): FieldError[] {
  return names.flatMap((name) => {
    const count = (status[name] as number | undefined) ?? 0;
    return count > (status.replicas ?? 0) ? [invalidValue(`status.${name}`, count, aboveReplicasText)] : [];
  });
}

/** Available pods are ready ones. `readyName` as upstream's text of the kind names the field. */
export function validateAvailableReady(
  { availableReplicas = 0, readyReplicas = 0 }: { availableReplicas?: number; readyReplicas?: number },
  readyName: 'readyReplicas' | 'status.readyReplicas',
): FieldError[] {
  if (availableReplicas <= readyReplicas) return [];
  return [invalidValue('status.availableReplicas', availableReplicas, `cannot be greater than ${readyName}`)];
}

/** Collisions of generated names are only ever added up. */
export function validateCollisionCount(
  { collisionCount }: { readonly collisionCount?: number },
  { collisionCount: old }: { readonly collisionCount?: number },
): FieldError[] {
  if (old === undefined || (collisionCount !== undefined && collisionCount >= old)) return [];
  return [invalidValue('status.collisionCount', collisionCount ?? 0, 'cannot be decremented')];
}
