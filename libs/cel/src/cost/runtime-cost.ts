import type { CelOverload } from '../library/cel-function.ts';
import { lengthOf } from '../library/conversions.ts';
import type { CelValue } from '../values/cel-value.ts';
import { ListValue } from '../values/list-value.ts';
import { MapValue } from '../values/map-value.ts';

/** Going through one character. */
export const stringTraversalFactor = 0.1;
/** One character of a pattern: patterns have about one state per four characters. */
export const regexLengthFactor = 0.25;
/** Allows two questions to the authorizer per expression. */
export const authorizationCheckCost = 350_000;
export const constructionCost = { list: 10, map: 30, struct: 40 } as const;

/** What cel-go does without moving elements, and we by copying them, costs this much per element. */
const copyFactor = 0.1;
/** A step of work that cel-go does not count at all; little enough not to be seen in expressions that mean no harm. */
export const meteredStepCost = 0.5;

type CostRule = (args: readonly CelValue[]) => number;

const traverseFirst: CostRule = ([first]) => traversal(first, 1);
const traverseFirstTwice: CostRule = ([first]) => traversal(first, 2);
const regexCost: CostRule = ([text, pattern]) =>
  Math.ceil((1 + sizeOf(text)) * stringTraversalFactor) * Math.ceil(sizeOf(pattern) * regexLengthFactor);
const smaller: CostRule = ([left, right]) => Math.ceil(Math.min(sizeOf(left), sizeOf(right)) * stringTraversalFactor);
const sum: CostRule = ([left, right]) => Math.ceil((sizeOf(left) + sizeOf(right)) * stringTraversalFactor);
const elements: CostRule = ([first]) => elementTraversal(first);

/** Kubernetes' costs, by name of the function; they go before those of CEL itself. */
const byName: Readonly<Record<string, CostRule>> = {
  check: () => authorizationCheckCost,
  isSorted: elements,
  sum: elements,
  max: elements,
  min: elements,
  indexOf: elements,
  lastIndexOf: elements,
  url: traverseFirst,
  lowerAscii: traverseFirst,
  upperAscii: traverseFirst,
  substring: traverseFirst,
  trim: traverseFirst,
  split: traverseFirstTwice,
  find: regexCost,
  findAll: regexCost,
  cidr: traverseFirst,
  isIP: traverseFirst,
  isCIDR: traverseFirst,
  'ip.isCanonical': traverseFirstTwice,
  quantity: traverseFirst,
  isQuantity: traverseFirst,
  validate: traverseFirst,
  semver: traverseFirst,
  isSemver: traverseFirst,
  containsIP: (args) => containment(args, 2),
  containsCIDR: (args) => containment(args, 3) + 1,
  'sets.contains': product,
  'sets.intersects': product,
  'sets.equivalent': product,
  matches: regexCost,
  join: ([list, separator]) => joined(list, separator),
};

/** Costs of CEL's own functions, by overload; all others cost 1. */
const byOverload: Readonly<Record<string, CostRule>> = {
  string_to_ip: traverseFirst,
  starts_with_string: traverseFirst,
  ends_with_string: traverseFirst,
  string_to_bytes: traverseFirst,
  bytes_to_string: traverseFirst,
  string_format: ([text, list]) => traversal(text, 1) + elementTraversal(list),
  string_replace_string_string: replacement,
  string_replace_string_string_int: replacement,
  add_list: ([left, right]) =>
    1 + Math.floor(((left as ListValue).grows ? 0 : sizeOf(left)) * copyFactor + (sizeOf(right) - 1) * copyFactor),
  '@mapInsert_map_key_value': copiedMap,
  '@mapInsert_map_map': copiedMap,
  strings_quote: traverseFirst,
  in_list: ([, list]) => sizeOf(list),
  equals: smaller,
  not_equals: smaller,
  ...Object.fromEntries(
    ['less', 'less_equals', 'greater', 'greater_equals'].flatMap((name) => [
      [`${name}_string`, smaller],
      [`${name}_bytes`, smaller],
    ]),
  ),
  add_string: sum,
  add_bytes: sum,
  contains_string: ([text, part]) =>
    Math.ceil(sizeOf(text) * stringTraversalFactor) * Math.ceil(sizeOf(part) * stringTraversalFactor),
};

/** cel-go's and Kubernetes' costs of a call, known before it is made. */
export function callCost({ name, id }: CelOverload, args: readonly CelValue[]): number {
  const rule = byName[name] ?? byOverload[id];
  return rule === undefined ? 1 : rule(args);
}

/** Going through the text and making the new one. */
function replacement([text, from, to]: readonly CelValue[]): number {
  const times = from === '' ? sizeOf(text) + 1 : sizeOf(text) / sizeOf(from);
  return (
    traversal(text, 2) +
    Math.floor(Math.max(0, times * (sizeOf(to) - sizeOf(from)) - sizeOf(text)) * stringTraversalFactor)
  );
}

function copiedMap([map]: readonly CelValue[]): number {
  return 1 + Math.floor(sizeOf(map) * copyFactor);
}

/** Twice the length of the text to be. */
function joined(list: CelValue | undefined, separator: CelValue | undefined): number {
  if (!(list instanceof ListValue)) return 1;
  let size = separator === undefined ? 0 : sizeOf(separator) * Math.max(0, list.length - 1);
  for (const element of list) size += sizeOf(element);
  return Math.ceil(size * 2 * stringTraversalFactor);
}

function traversal(value: CelValue | undefined, times: number): number {
  return Math.ceil(sizeOf(value) * times * stringTraversalFactor);
}

/** Each element of a list, each character of a text. */
function elementTraversal(value: CelValue | undefined): number {
  if (typeof value === 'string' || value instanceof Uint8Array) return traversal(value, 1);
  if (!(value instanceof ListValue)) return 1;
  let cost = 0;
  for (const element of value) {
    const isText = typeof element === 'string' || element instanceof Uint8Array;
    cost += isText ? traversal(element, 1) : Math.max(1, sizeOf(element));
  }
  return cost;
}

/** Comparing addresses, and reading the second one where it is a text. */
function containment([network, other]: readonly CelValue[], times: number): number {
  return (
    Math.ceil(addressBytes(network) * times * stringTraversalFactor) +
    (typeof other === 'string' ? traversal(other, 1) : 0)
  );
}

function addressBytes(network: CelValue | undefined): number {
  return String(network).includes(':') ? 16 : 4;
}

function product([left, right]: readonly CelValue[]): number {
  return 1 + sizeOf(left) * sizeOf(right);
}

/** What `size()` gives, 1 for values without a size. */
export function sizeOf(value: CelValue | undefined): number {
  if (typeof value === 'string') return lengthOf(value);
  if (value instanceof ListValue || value instanceof Uint8Array) return value.length;
  return value instanceof MapValue ? value.size : 1;
}
