/** Equal as JSON: order of keys and absent against `undefined` or `null` do not matter, order in arrays does. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isAbsent(a) || isAbsent(b)) return isAbsent(a) && isAbsent(b);
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, index) => sameJson(item, b[index]));
  }
  const fieldsA = a as Record<string, unknown>;
  const fieldsB = b as Record<string, unknown>;
  for (const name of new Set([...Object.keys(fieldsA), ...Object.keys(fieldsB)])) {
    if (!sameJson(fieldsA[name], fieldsB[name])) return false;
  }
  return true;
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}
