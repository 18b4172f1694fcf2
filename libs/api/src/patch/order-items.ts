import { isJsonObject, type JsonArray, type JsonValue, jsonEqual } from './json-value.ts';

/**
 * Orders a merged list. Items that `wanted` names stand in its order; the others keep the order of the `live` list, and each is
 * put before the first wanted item that the live list has behind it.
 */
export function orderItems(
  merged: JsonArray,
  wanted: JsonArray,
  live: JsonArray,
  mergeKey: string | undefined,
): JsonArray {
  const placeIn = (list: JsonArray, item: JsonValue) => list.findIndex((other) => same(other, item, mergeKey));
  const byPlaceIn = (list: JsonArray) => (a: JsonValue, b: JsonValue) => placeIn(list, a) - placeIn(list, b);
  const named = merged.filter((item) => placeIn(wanted, item) >= 0).sort(byPlaceIn(wanted));
  const others = merged.filter((item) => placeIn(wanted, item) < 0).sort(byPlaceIn(live));

  const ordered: JsonValue[] = [];
  let next = 0;
  for (const item of named) {
    const place = placeIn(live, item);
    while (place >= 0 && next < others.length) {
      const other = others[next] as JsonValue;
      const otherPlace = placeIn(live, other);
      if (otherPlace < 0 || otherPlace > place) break;
      ordered.push(other);
      next++;
    }
    ordered.push(item);
  }
  return [...ordered, ...others.slice(next)];
}

/**
 * The places of the live list once items were removed and added: as many added items as were removed count as standing at its
 * end. Upstream does so (its lists share memory), and the order of what it answers depends on it.
 */
export function placesAfter(live: JsonArray, merged: JsonArray, mergeKey: string | undefined): JsonArray {
  const has = (list: JsonArray, item: JsonValue) => list.some((other) => same(other, item, mergeKey));
  const kept = live.filter((item) => has(merged, item));
  const added = merged.filter((item) => !has(live, item));
  return [...kept, ...added.slice(0, live.length - kept.length)];
}

function same(a: JsonValue, b: JsonValue, mergeKey: string | undefined): boolean {
  if (mergeKey && isJsonObject(a) && isJsonObject(b)) return jsonEqual(a[mergeKey], b[mergeKey]);
  return jsonEqual(a, b);
}
