import { Quantity, QuantityError } from '@orrery/api';
import { types } from '../types/cel-type.ts';
import { type CelValue, OpaqueValue } from '../values/cel-value.ts';
import { CelRuntimeError } from '../values/runtime-errors.ts';
import { type CelLibrary, fn, method } from './cel-function.ts';
import { int as checkedInt } from './int-range.ts';

const { bool, double, int, string } = types;
const quantity = types.opaque('kubernetes.Quantity');

class QuantityValue extends OpaqueValue {
  override readonly typeName = 'kubernetes.Quantity';

  constructor(readonly amount: Quantity) {
    super();
  }

  override equals(other: CelValue): boolean {
    return other instanceof QuantityValue && other.amount.equals(this.amount);
  }

  override toString(): string {
    return this.amount.toString();
  }
}

/** Kubernetes' quantities. */
export const quantityFunctions: CelLibrary = [
  fn('quantity', 'string_to_quantity', [string], quantity, (text: string) => new QuantityValue(parse(text))),
  fn('isQuantity', 'is_quantity_string', [string], bool, (text: string) => Quantity.tryParse(text) !== undefined),
  method('sign', 'quantity_sign', [quantity], int, ({ amount }: QuantityValue) => BigInt(amount.sign())),
  method(
    'isGreaterThan',
    'quantity_is_greater_than',
    [quantity, quantity],
    bool,
    (x: QuantityValue, y: QuantityValue) => x.amount.compare(y.amount) > 0,
  ),
  method(
    'isLessThan',
    'quantity_is_less_than',
    [quantity, quantity],
    bool,
    (x: QuantityValue, y: QuantityValue) => x.amount.compare(y.amount) < 0,
  ),
  method('compareTo', 'quantity_compare_to', [quantity, quantity], int, (x: QuantityValue, y: QuantityValue) =>
    BigInt(x.amount.compare(y.amount)),
  ),
  method('asApproximateFloat', 'quantity_get_float', [quantity], double, ({ amount }: QuantityValue) =>
    amount.toFloat(),
  ),
  method('asInteger', 'quantity_get_int', [quantity], int, asInteger),
  method('isInteger', 'quantity_is_integer', [quantity], bool, ({ amount }: QuantityValue) => amount.isWhole),
  method(
    'add',
    'quantity_add',
    [quantity, quantity],
    quantity,
    (x: QuantityValue, y: QuantityValue) => new QuantityValue(x.amount.add(y.amount)),
  ),
  method(
    'add',
    'quantity_add_int',
    [quantity, int],
    quantity,
    (x: QuantityValue, y: bigint) => new QuantityValue(x.amount.add(Quantity.of(y))),
  ),
  method(
    'sub',
    'quantity_sub',
    [quantity, quantity],
    quantity,
    (x: QuantityValue, y: QuantityValue) => new QuantityValue(x.amount.sub(y.amount)),
  ),
  method(
    'sub',
    'quantity_sub_int',
    [quantity, int],
    quantity,
    (x: QuantityValue, y: bigint) => new QuantityValue(x.amount.sub(Quantity.of(y))),
  ),
];

function parse(text: string): Quantity {
  try {
    return Quantity.parse(text);
  } catch (error) {
    if (error instanceof QuantityError) throw new CelRuntimeError(error.message, { cause: error });
    throw error;
  }
}

function asInteger({ amount }: QuantityValue): bigint {
  if (!amount.isWhole) throw new CelRuntimeError('cannot convert value to integer');
  return checkedInt(BigInt(amount.toNumber()));
}
