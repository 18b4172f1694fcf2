import type { CelOverload } from '../library/cel-function.ts';
import type { CelType } from '../types/cel-type.ts';
import { authorizationCheckCost, regexLengthFactor, stringTraversalFactor } from './runtime-cost.ts';
import { add, exactly, multiply, type Range, scale, unknownRange } from './size-range.ts';

/** What is known of an argument. */
export interface Operand {
  /** `undefined` where nothing is known. */
  readonly size?: Range | undefined;
  /** The type with the bounds of its schema, for what comes from a variable. */
  readonly declared?: CelType | undefined;
  /** Sizes of the elements, for lists that the expression has made. */
  readonly element?: Range | undefined;
}

export interface CallArguments {
  readonly target: Operand | undefined;
  readonly args: readonly Operand[];
}

/** Cost of the call alone, and the size of what it gives where that is known. */
export interface CallEstimate {
  readonly cost: Range;
  readonly size?: Range;
}

type EstimateRule = (operands: readonly Operand[]) => CallEstimate;

const one = exactly(1);
/** Addresses have 4 or 16 bytes. */
const addressSize: Range = { min: 4, max: 16 };

/** By name of the function; operands are the target, where there is one, and the arguments. */
const byName: Readonly<Record<string, EstimateRule>> = {
  check: () => ({ cost: exactly(authorizationCheckCost) }),
  isSorted: listTraversal,
  sum: listTraversal,
  max: listTraversal,
  min: listTraversal,
  indexOf: listTraversal,
  lastIndexOf: listTraversal,
  url: traversed,
  cidr: traversed,
  isIP: traversed,
  isCIDR: traversed,
  quantity: traversed,
  isQuantity: traversed,
  semver: traversed,
  isSemver: traversed,
  lowerAscii: traversedInPlace,
  upperAscii: traversedInPlace,
  substring: traversedInPlace,
  trim: traversedInPlace,
  replace: replaced,
  split: ([text]) => ({
    cost: scale(sizeOf(text), 2 * stringTraversalFactor),
    size: { min: 0, max: sizeOf(text).max },
  }),
  join: joined,
  find: searched,
  findAll: searched,
  matches: ([text, pattern]) => ({ cost: searched([text as Operand, pattern as Operand]).cost }),
  'ip.isCanonical': ([text]) => ({ cost: scale(sizeOf(text), 2 * stringTraversalFactor) }),
};

const byOverload: Readonly<Record<string, EstimateRule>> = {
  string_to_ip: traversed,
  cidr_contains_ip: () => ({ cost: compared(2) }),
  cidr_contains_ip_string: ([, text]) => ({ cost: add(compared(2), scale(sizeOf(text), stringTraversalFactor)) }),
  cidr_contains_cidr: () => ({ cost: add(compared(2), compared(1), one) }),
  cidr_contains_cidr_string: ([, text]) => ({
    cost: add(compared(2), compared(1), one, scale(sizeOf(text), stringTraversalFactor)),
  }),
  string_to_bytes: ([text]) => ({
    cost: scale(sizeOf(text), stringTraversalFactor),
    size: { min: sizeOf(text).min, max: sizeOf(text).max * 4 },
  }),
  bytes_to_string: ([text]) => ({
    cost: scale(sizeOf(text), stringTraversalFactor),
    size: { min: Math.floor(sizeOf(text).min / 4), max: sizeOf(text).max },
  }),
  strings_quote: ([text]) => ({
    cost: scale(sizeOf(text), stringTraversalFactor),
    size: { min: sizeOf(text).min + 2, max: sizeOf(text).max * 2 + 2 },
  }),
  string_format: traversed,
  starts_with_string: ([, part]) => ({ cost: scale(sizeOf(part), stringTraversalFactor) }),
  ends_with_string: ([, part]) => ({ cost: scale(sizeOf(part), stringTraversalFactor) }),
  in_list: ([, list]) => ({ cost: sizeOf(list) }),
  contains_string: ([text, part]) => ({
    cost: multiply(scale(sizeOf(text), stringTraversalFactor), scale(sizeOf(part), stringTraversalFactor)),
  }),
  add_list: ([left, right]) => ({ cost: one, size: add(sizeOf(left), sizeOf(right)) }),
  add_string: concatenated,
  add_bytes: concatenated,
  equals: smaller,
  not_equals: smaller,
  ...Object.fromEntries(
    ['less', 'less_equals', 'greater', 'greater_equals'].flatMap((name) => [
      [`${name}_string`, smaller],
      [`${name}_bytes`, smaller],
    ]),
  ),
  list_sets_contains_list: crossed,
  list_sets_intersects_list: crossed,
  list_sets_equivalent_list: crossed,
};

/** cel-go's and Kubernetes' estimate of a call; all that is not listed costs 1. */
export function estimateCall({ name, id }: CelOverload, { target, args }: CallArguments): CallEstimate {
  const rule = byName[name] ?? byOverload[id];
  return rule === undefined ? { cost: one } : rule(target === undefined ? args : [target, ...args]);
}

function traversed([text]: readonly Operand[]): CallEstimate {
  return { cost: scale(sizeOf(text), stringTraversalFactor) };
}

function traversedInPlace([text]: readonly Operand[]): CallEstimate {
  return { cost: scale(sizeOf(text), stringTraversalFactor), size: sizeOf(text) };
}

/** Each element of a list is compared; strings in it character by character. */
function listTraversal([target]: readonly Operand[]): CallEstimate {
  const { declared } = target ?? {};
  if (declared?.kind === 'string') return traversed([target as Operand]);
  const element = declared?.kind === 'list' ? declared.element : undefined;
  const isText = element?.kind === 'string' || element?.kind === 'bytes';
  const text = isText ? { min: 0, max: element.lengthMax ?? Number.POSITIVE_INFINITY } : undefined;
  const each = text === undefined ? one : add(one, scale(text, stringTraversalFactor));
  return { cost: multiply(sizeOf(target), each) };
}

function replaced([text, from, to]: readonly Operand[]): CallEstimate {
  const [size, fromSize, toSize] = [sizeOf(text), sizeOf(from), sizeOf(to)];
  const most = replacements(size.max, fromSize.min, toSize.max <= fromSize.min);
  const least = replacements(size.min, fromSize.max, fromSize.max <= toSize.min);
  const count: Range = { min: least.count, max: most.count };
  const kept: Range = { min: least.keeps ? size.min : 0, max: most.keeps ? size.max : 0 };
  return { cost: scale(size, 2 * stringTraversalFactor), size: add(multiply(count, toSize), kept) };
}

/** How often a text of that size may have something replaced in it, and whether its own length stays. */
function replacements(size: number, fromSize: number, lengthStays: boolean): { count: number; keeps: boolean } {
  if (fromSize === 0) return { count: size + 1, keeps: true };
  return lengthStays ? { count: 0, keeps: true } : { count: Math.ceil(size / fromSize), keeps: false };
}

function joined([list, separator]: readonly Operand[]): CallEstimate {
  const count = sizeOf(list);
  const { declared, element } = list ?? {};
  const text = declared?.kind === 'list' && declared.element.kind === 'string' ? declared.element.lengthMax : undefined;
  const elementSize = element ?? (text === undefined ? unknownRange : { min: 0, max: text });
  const between: Range = { min: Math.max(0, count.min - 1), max: Math.max(0, count.max - 1) };
  const separators = separator === undefined ? exactly(0) : multiply(sizeOf(separator), between);
  const size = add(multiply(count, elementSize), separators);
  return { cost: scale(size, stringTraversalFactor), size };
}

function searched([text, pattern]: readonly Operand[]): CallEstimate {
  const textCost = scale(add(sizeOf(text), one), stringTraversalFactor);
  const cost = multiply(textCost, scale(sizeOf(pattern), regexLengthFactor));
  return { cost, size: { min: 0, max: sizeOf(text).max } };
}

function concatenated([left, right]: readonly Operand[]): CallEstimate {
  const size = add(sizeOf(left), sizeOf(right));
  return { cost: scale(size, stringTraversalFactor), size };
}

function smaller([left, right]: readonly Operand[]): CallEstimate {
  const max = Math.min(sizeOf(left).max, sizeOf(right).max);
  return { cost: scale({ min: max > 0 ? 1 : 0, max }, stringTraversalFactor) };
}

function crossed([left, right]: readonly Operand[]): CallEstimate {
  return { cost: add(one, multiply(sizeOf(left), sizeOf(right))) };
}

function compared(times: number): Range {
  return scale({ min: addressSize.min * times, max: addressSize.max * times }, stringTraversalFactor);
}

function sizeOf(operand: Operand | undefined): Range {
  return operand?.size ?? unknownRange;
}
