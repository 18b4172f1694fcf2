import { types } from '../types/cel-type.ts';
import { type CelValue, OpaqueValue } from '../values/cel-value.ts';
import { CelRuntimeError } from '../values/runtime-errors.ts';
import { type CelLibrary, fn, method } from './cel-function.ts';
import { int as checkedInt } from './int-range.ts';

const { bool, int, string } = types;
const semverType = types.opaque('kubernetes.Semver');
const shape = /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z.-]+))?(?:\+([0-9A-Za-z.-]+))?$/;

class SemverValue extends OpaqueValue {
  override readonly typeName = 'kubernetes.Semver';

  constructor(
    /** Major, minor and patch. */
    readonly numbers: readonly [bigint, bigint, bigint],
    readonly preRelease: readonly string[],
  ) {
    super();
  }

  override equals(other: CelValue): boolean {
    return other instanceof SemverValue && compare(this, other) === 0;
  }

  override toString(): string {
    return this.numbers.join('.') + (this.preRelease.length === 0 ? '' : `-${this.preRelease.join('.')}`);
  }
}

/** Semantic versions, as semver.org orders them. */
export const semverFunctions: CelLibrary = [
  fn('semver', 'string_to_semver', [string], semverType, parse),
  fn('semver', 'string_bool_to_semver', [string, bool], semverType, (text: string, normal: boolean) =>
    parse(normal ? normalized(text) : text),
  ),
  fn('isSemver', 'is_semver_string', [string], bool, (text: string) => typeof attempt(text) !== 'string'),
  fn(
    'isSemver',
    'is_semver_string_bool',
    [string, bool],
    bool,
    (text: string, normal: boolean) => typeof attempt(normal ? normalized(text) : text) !== 'string',
  ),
  method('major', 'semver_major', [semverType], int, ({ numbers }: SemverValue) => checkedInt(numbers[0])),
  method('minor', 'semver_minor', [semverType], int, ({ numbers }: SemverValue) => checkedInt(numbers[1])),
  method('patch', 'semver_patch', [semverType], int, ({ numbers }: SemverValue) => checkedInt(numbers[2])),
  method(
    'isGreaterThan',
    'semver_is_greater_than',
    [semverType, semverType],
    bool,
    (x: SemverValue, y: SemverValue) => compare(x, y) > 0,
  ),
  method(
    'isLessThan',
    'semver_is_less_than',
    [semverType, semverType],
    bool,
    (x: SemverValue, y: SemverValue) => compare(x, y) < 0,
  ),
  method('compareTo', 'semver_compare_to', [semverType, semverType], int, (x: SemverValue, y: SemverValue) =>
    BigInt(compare(x, y)),
  ),
];

function parse(text: string): SemverValue {
  const version = attempt(text);
  if (typeof version === 'string') throw new CelRuntimeError(version);
  return version;
}

function attempt(text: string): SemverValue | string {
  if (text === '') return 'Version string empty';
  if (text.split('.').length < 3) return 'No Major.Minor.Patch elements found';
  const [found, major, minor, patch, preRelease] = shape.exec(text) ?? [];
  if (found === undefined) return `Invalid character(s) found in version ${JSON.stringify(text)}`;
  const labels = preRelease === undefined ? [] : preRelease.split('.');
  if (labels.includes('')) return 'Prerelease is empty';
  if (labels.some((label) => /^0\d+$/.test(label))) return 'Numeric PreRelease version must not contain leading zeroes';
  return new SemverValue([BigInt(major ?? 0), BigInt(minor ?? 0), BigInt(patch ?? 0)], labels);
}

/** Without a leading `v` and leading zeros, and with all three numbers. */
function normalized(text: string): string {
  const [major = '', minor, ...rest] = text.replace(/^v/, '').split('.');
  const parts = minor === undefined ? [major] : rest.length === 0 ? [major, minor] : [major, minor, rest.join('.')];
  const plain = parts.map((part) => part.replace(/^0+(?=\d)/, ''));
  if (plain.length < 3 && /[+-]/.test(plain[plain.length - 1] ?? '')) return text;
  while (plain.length < 3) plain.push('0');
  return plain.join('.');
}

function compare(left: SemverValue, right: SemverValue): number {
  for (const index of [0, 1, 2] as const) {
    const [x, y] = [left.numbers[index], right.numbers[index]];
    if (x !== y) return x < y ? -1 : 1;
  }
  const [x, y] = [left.preRelease, right.preRelease];
  if (x.length === 0 || y.length === 0) return Math.sign(y.length - x.length);
  for (const [index, label] of x.entries()) {
    const other = y[index];
    if (other === undefined) return 1;
    const order = compareLabels(label, other);
    if (order !== 0) return order;
  }
  return x.length < y.length ? -1 : 0;
}

/** Numbers come before words. */
function compareLabels(left: string, right: string): number {
  const [x, y] = [left, right].map((label) => (/^\d+$/.test(label) ? BigInt(label) : undefined));
  if (x !== undefined && y !== undefined) return x < y ? -1 : x > y ? 1 : 0;
  if (x !== undefined || y !== undefined) return x !== undefined ? -1 : 1;
  return left < right ? -1 : left > right ? 1 : 0;
}
