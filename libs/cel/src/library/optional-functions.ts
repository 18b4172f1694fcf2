import { types } from '../types/cel-type.ts';
import { type CelValue, OptionalValue, UintValue } from '../values/cel-value.ts';
import { ListValue } from '../values/list-value.ts';
import { MapValue } from '../values/map-value.ts';
import { ObjectValue } from '../values/object-value.ts';
import { CelRuntimeError } from '../values/runtime-errors.ts';
import { type CelLibrary, fn, method } from './cel-function.ts';

const { bool, dyn, int } = types;
const v = types.parameter('V');
const k = types.parameter('K');
const optional = types.optional(v);
const list = types.list(v);
const map = types.map(k, v);

/** Optional values, and `?` in selections and indices. `orValue` and `or` are the evaluator's: it leaves out what is not needed. */
export const optionalFunctions: CelLibrary = [
  fn('optional.of', 'optional_of', [v], optional, (value: CelValue) => OptionalValue.of(value)),
  fn('optional.ofNonZeroValue', 'optional_ofNonZeroValue', [v], optional, (value: CelValue) =>
    isZero(value) ? OptionalValue.none : OptionalValue.of(value),
  ),
  fn('optional.none', 'optional_none', [], optional, () => OptionalValue.none),
  method('value', 'optional_value', [optional], v, ({ value }: OptionalValue) => {
    if (value === undefined) throw new CelRuntimeError('optional.none() dereference');
    return value;
  }),
  method('hasValue', 'optional_hasValue', [optional], bool, ({ value }: OptionalValue) => value !== undefined),
  method('or', 'optional_or_optional', [optional, optional], optional, (left: OptionalValue, right: OptionalValue) =>
    left.value === undefined ? right : left,
  ),
  method(
    'orValue',
    'optional_orValue_value',
    [optional, v],
    v,
    (left: OptionalValue, right: CelValue) => left.value ?? right,
  ),
  fn('_?._', 'select_optional_field', [dyn, types.string], optional, optionalEntry),
  fn('_[?_]', 'list_optindex_optional_int', [list, int], optional, optionalEntry),
  fn('_[?_]', 'optional_list_optindex_optional_int', [types.optional(list), int], optional, optionalEntry),
  fn('_[?_]', 'map_optindex_optional_value', [map, k], optional, optionalEntry),
  fn('_[?_]', 'optional_map_optindex_optional_value', [types.optional(map), k], optional, optionalEntry),
  fn('_[_]', 'optional_list_index_int', [types.optional(list), int], optional, optionalEntry),
  fn('_[_]', 'optional_map_index_value', [types.optional(map), k], optional, optionalEntry),
  fn('optional.unwrap', 'optional_unwrap', [types.list(optional)], list, unwrap),
  method('unwrapOpt', 'optional_unwrapOpt', [types.list(optional)], list, unwrap),
];

/** An entry of a container, or of the container in an optional. Throws `CelRuntimeError` where it is no container. */
export function optionalEntry(container: CelValue, key: CelValue): OptionalValue {
  if (container instanceof OptionalValue) {
    return container.value === undefined ? OptionalValue.none : optionalEntry(container.value, key);
  }
  const found = entryOf(container, key);
  return found === undefined ? OptionalValue.none : OptionalValue.of(found);
}

function entryOf(container: CelValue, key: CelValue): CelValue | undefined {
  if (container instanceof MapValue) return container.get(key);
  if (container instanceof ObjectValue) return typeof key === 'string' ? container.get(key) : undefined;
  if (container instanceof ListValue && typeof key === 'bigint') return container.at(Number(key));
  throw new CelRuntimeError('no such overload');
}

function unwrap(values: ListValue): ListValue {
  const found = [...values].map((item) => (item as OptionalValue).value);
  return ListValue.of(found.filter((item) => item !== undefined));
}

function isZero(value: CelValue): boolean {
  if (value === null || value === false || value === 0n || value === 0 || value === '') return true;
  if (value instanceof UintValue) return value.value === 0n;
  if (value instanceof ListValue || value instanceof Uint8Array) return value.length === 0;
  if (value instanceof MapValue) return value.size === 0;
  return value instanceof ObjectValue && value.names().length === 0;
}
