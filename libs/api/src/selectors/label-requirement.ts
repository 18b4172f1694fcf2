import { fieldErrorText, invalidValue, notSupported } from '../errors/field-error.ts';
import { labelValueErrors, qualifiedNameErrors } from './label-format.ts';
import { SelectorError } from './selector-error.ts';

export type LabelOperator = 'in' | 'notin' | '=' | '==' | '!=' | 'exists' | '!' | 'gt' | 'lt';

/** One condition of a label selector. */
export class LabelRequirement {
  private readonly wanted: ReadonlySet<string>;

  private constructor(
    readonly key: string,
    readonly operator: LabelOperator,
    readonly values: readonly string[],
  ) {
    this.wanted = new Set(values);
  }

  /** Throws `SelectorError` with upstream's text for a bad key, a bad value or a wrong number of values. */
  static of(key: string, operator: LabelOperator, values: readonly string[]): LabelRequirement {
    const problem = keyProblem(key) ?? countProblem(operator, values) ?? valueProblem(operator, values, key);
    if (problem !== undefined) throw new SelectorError(problem);
    return new LabelRequirement(key, operator, values);
  }

  matches(labels: Readonly<Record<string, string>>): boolean {
    const value = Object.hasOwn(labels, this.key) ? labels[this.key] : undefined;
    switch (this.operator) {
      case 'in':
      case '=':
      case '==':
        return value !== undefined && this.wanted.has(value);
      case 'notin':
      case '!=':
        return value === undefined || !this.wanted.has(value);
      case 'exists':
        return value !== undefined;
      case '!':
        return value === undefined;
      case 'gt':
      case 'lt':
        return value !== undefined && this.compares(value);
      default:
        return this.operator satisfies never;
    }
  }

  toString(): string {
    const sorted = [...this.values].sort();
    switch (this.operator) {
      case 'in':
      case 'notin':
        return `${this.key} ${this.operator} (${sorted.join(',')})`;
      case 'exists':
        return this.key;
      case '!':
        return `!${this.key}`;
      case 'gt':
        return `${this.key}>${sorted.join()}`;
      case 'lt':
        return `${this.key}<${sorted.join()}`;
      default:
        return `${this.key}${this.operator}${sorted.join()}`;
    }
  }

  private compares(value: string): boolean {
    if (!isInteger(value)) return false;
    const bound = BigInt(this.values[0] ?? '0');
    return this.operator === 'gt' ? BigInt(value) > bound : BigInt(value) < bound;
  }
}

function keyProblem(key: string): string | undefined {
  const errors = qualifiedNameErrors(key);
  return errors.length > 0 ? fieldErrorText(invalidValue('key', key, errors.join('; '))) : undefined;
}

function countProblem(operator: LabelOperator, values: readonly string[]): string | undefined {
  const problem = (detail: string) => fieldErrorText(invalidValue('values', values, detail));
  switch (operator) {
    case 'in':
    case 'notin':
      return values.length === 0 ? problem("for 'in', 'notin' operators, values set can't be empty") : undefined;
    case '=':
    case '==':
    case '!=':
      return values.length === 1 ? undefined : problem('exact-match compatibility requires one single value');
    case 'exists':
    case '!':
      return values.length === 0 ? undefined : problem('values set must be empty for exists and does not exist');
    case 'gt':
    case 'lt':
      return values.length === 1 ? undefined : problem("for 'Gt', 'Lt' operators, exactly one value is required");
    default:
      return fieldErrorText(notSupported('operator', operator satisfies never, []));
  }
}

function valueProblem(operator: LabelOperator, values: readonly string[], key: string): string | undefined {
  for (const [i, value] of values.entries()) {
    if ((operator === 'gt' || operator === 'lt') && !isInteger(value)) {
      return fieldErrorText(
        invalidValue(`values[${i}]`, value, "for 'Gt', 'Lt' operators, the value must be an integer"),
      );
    }
    const errors = labelValueErrors(value);
    if (errors.length > 0) return fieldErrorText(invalidValue(`values[${i}][${key}]`, value, errors.join('; ')));
  }
  return undefined;
}

function isInteger(text: string): boolean {
  return /^[+-]?\d+$/.test(text);
}
