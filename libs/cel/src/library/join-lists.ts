import type { CelValue } from '../values/cel-value.ts';
import { celEquals } from '../values/equality.ts';
import { ListValue } from '../values/list-value.ts';
import { type Meter, unmetered } from '../values/meter.ts';
import { ObjectValue } from '../values/object-value.ts';

/**
 * `left + right`: one behind the other; in a `set` the new elements only, in a `map` elements with keys that are there already replace them
 * in place (Kubernetes' rule for lists with `x-kubernetes-list-type`).
 */
export function joinLists(left: ListValue, right: ListValue, meter: Meter = unmetered): ListValue {
  const { semantics } = left;
  if (semantics.type === 'atomic') return concatenated(left, right);
  const items = [...left];
  for (const item of right) {
    const same = items.findIndex((other) =>
      semantics.type === 'set' ? celEquals(item, other, meter) : sameKeys(item, other, semantics.keys),
    );
    if (same === -1) items.push(item);
    else if (semantics.type === 'map') items[same] = item;
  }
  return new ListValue(items.length, (index) => items[index] as CelValue, semantics);
}

/** Does not copy: an expression that adds elements one by one would copy its list for each. */
function concatenated(left: ListValue, right: ListValue): ListValue {
  if (left.length === 0) return right;
  if (right.length === 0) return left;
  return ListValue.concat(left, right);
}

function sameKeys(left: CelValue, right: CelValue, keys: readonly string[]): boolean {
  if (!(left instanceof ObjectValue) || !(right instanceof ObjectValue)) return false;
  return keys.every((key) => {
    const a = left.get(key);
    const b = right.get(key);
    return a === undefined || b === undefined ? a === b : celEquals(a, b);
  });
}
