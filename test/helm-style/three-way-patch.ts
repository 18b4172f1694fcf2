import { deepEqual } from '@orrery/api';

type Fields = Record<string, unknown>;

/** By the name of the list: the key that strategic merge patch finds its items by. */
const mergeKeys: Readonly<Record<string, string>> = {
  containers: 'name',
  env: 'name',
  initContainers: 'name',
  ports: 'port',
  volumeMounts: 'mountPath',
  volumes: 'name',
  webhooks: 'name',
};

/** Ports of containers and of services have different keys. */
const mergeKeyCandidates = (list: string): string[] =>
  list === 'ports' ? ['containerPort', 'port'] : [mergeKeys[list] ?? ''];

/**
 * What brings `current` to `wanted`, and takes away what `original` had and `wanted` has no more; what somebody else has added to `current`
 * stays. `strategic`: items of lists are merged by their keys, otherwise (for custom resources) lists are replaced.
 */
export function threeWayPatch(original: unknown, wanted: unknown, current: unknown, strategic: boolean): Fields {
  return patchOfFields(fieldsOf(original), fieldsOf(wanted), fieldsOf(current), strategic);
}

function patchOfFields(original: Fields, wanted: Fields, current: Fields, strategic: boolean): Fields {
  const patch: Fields = {};
  for (const name of Object.keys(original)) if (!(name in wanted)) patch[name] = null;
  for (const [name, value] of Object.entries(wanted)) {
    if (deepEqual(value, current[name]) && deepEqual(value, original[name])) continue;
    const mergeKey = strategic && Array.isArray(value) ? keyIn(name, value) : undefined;
    if (isFields(value) && isFields(current[name])) {
      const inner = patchOfFields(fieldsOf(original[name]), value, current[name], strategic);
      if (Object.keys(inner).length > 0) patch[name] = inner;
    } else if (mergeKey !== undefined) {
      const items = patchOfItems(listOf(original[name]), value as Fields[], listOf(current[name]), mergeKey);
      if (items.length === 0) continue;
      patch[`$setElementOrder/${name}`] = (value as Fields[]).map((item) => ({ [mergeKey]: item[mergeKey] }));
      patch[name] = items;
    } else if (!deepEqual(value, current[name])) patch[name] = value;
  }
  return patch;
}

function patchOfItems(original: Fields[], wanted: Fields[], current: Fields[], mergeKey: string): Fields[] {
  const find = (items: Fields[], item: Fields): Fields | undefined =>
    items.find((other) => other[mergeKey] === item[mergeKey]);
  const gone = original
    .filter((item) => find(wanted, item) === undefined)
    .map((item) => ({ $patch: 'delete', [mergeKey]: item[mergeKey] }));
  const changed = wanted.flatMap((item) => {
    const inner = patchOfFields(find(original, item) ?? {}, item, find(current, item) ?? {}, true);
    return Object.keys(inner).length === 0 ? [] : [{ ...inner, [mergeKey]: item[mergeKey] }];
  });
  return [...changed, ...gone];
}

function keyIn(list: string, items: readonly unknown[]): string | undefined {
  return mergeKeyCandidates(list).find((key) => items.every((item) => isFields(item) && key in item));
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

function listOf(value: unknown): Fields[] {
  return Array.isArray(value) ? (value as Fields[]) : [];
}
