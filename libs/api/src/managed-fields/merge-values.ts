import { isJsonArray, isJsonObject } from '../patch/json-value.ts';
import { groupItems, itemElement, maybeElement } from './list-items.ts';
import {
  childSchema,
  type ListMergeSchema,
  type MapMergeSchema,
  type MergeSchema,
  resolveSchema,
} from './merge-schema.ts';
import type { PathElement } from './path-element.ts';

/**
 * The live value with the applied one laid over it: maps and lists with owners for their parts merge, everything else is replaced. Shares
 * parts with both; neither is changed. `undefined` is absence, of the result too. The applied value fits its schema.
 */
export function mergeValues(schema: MergeSchema, live: unknown, applied: unknown): unknown {
  if (applied === undefined) return live;
  if (live === undefined) return applied;
  const resolved = resolveSchema(schema, applied);
  if (resolved.kind === 'map' && !resolved.atomic) {
    return mergeMaps(resolved, isJsonObject(live) ? live : {}, isJsonObject(applied) ? applied : {}, applied);
  }
  if (resolved.kind === 'list' && resolved.listType !== 'atomic') {
    return mergeLists(resolved, isJsonArray(live) ? live : [], isJsonArray(applied) ? applied : [], applied);
  }
  return applied;
}

type Fields = Readonly<Record<string, unknown>>;

function mergeMaps(schema: MapMergeSchema, live: Fields, applied: Fields, whole: unknown): unknown {
  const [liveKeys, appliedKeys] = [Object.keys(live), Object.keys(applied)];
  if (liveKeys.length === 0 && appliedKeys.length === 0) return whole;
  const merged: [string, unknown][] = [];
  for (const key of new Set([...liveKeys, ...appliedKeys])) {
    const [left, right] = [live, applied].map((map) => (Object.hasOwn(map, key) ? map[key] : undefined));
    const value = mergeValues(childSchema(schema, key), left, right);
    if (value !== undefined) merged.push([key, value]);
  }
  return merged.length > 0 ? Object.fromEntries(merged) : undefined;
}

interface Item {
  /** `undefined` for a stored item that nothing tells apart; it is kept as it is. */
  readonly element: PathElement | undefined;
  readonly value: unknown;
}

/**
 * The applied items stand in their own order; items that only the live list has keep their place relative to the live items around
 * them. Items that stand in the live list more than once are replaced by the applied one.
 */
function mergeLists(
  schema: ListMergeSchema,
  live: readonly unknown[],
  applied: readonly unknown[],
  whole: unknown,
): unknown {
  if (live.length === 0 && applied.length === 0) return whole;
  const liveGroups = groupItems(schema, live);
  const appliedItems = applied.map((value): Item => ({ element: itemElement(schema, value), value }));
  const appliedElements = new Set(appliedItems.map(({ element }) => element));
  const shared = appliedItems.filter(({ element }) => liveGroups.has(element ?? ''));
  const liveItems = live.map((value): Item => ({ element: maybeElement(schema, value), value }));

  const merge = ({ element, value }: Item): unknown => {
    const [first, ...more] = liveGroups.get(element ?? '') ?? [];
    return mergeValues(schema.items, more.length === 0 ? first : undefined, value);
  };
  const merged: unknown[] = [];
  const done = new Set<PathElement | undefined>();
  const take = (item: Item): void => {
    merged.push(merge(item));
    done.add(item.element);
    if (shared[0]?.element === item.element) shared.shift();
  };
  let [l, r] = [0, 0];
  while (l < liveItems.length || r < appliedItems.length) {
    const [left, right] = [liveItems[l], appliedItems[r]];
    if (left !== undefined && right !== undefined) {
      if (left.element === right.element) {
        take(right);
        l += 1;
        r += 1;
        continue;
      }
      if (appliedElements.has(left.element) && shared[0] !== undefined && shared[0].element !== left.element) {
        l += 1;
        continue;
      }
    }
    if (left !== undefined) {
      if (!appliedElements.has(left.element)) {
        merged.push(left.value);
        l += 1;
        continue;
      }
      if (done.has(left.element)) l += 1;
    }
    if (right !== undefined) {
      take(right);
      r += 1;
    }
  }
  return merged;
}
