import { deepEqual, type FieldError } from '@orrery/api';
import {
  childPath,
  isIntOrString,
  isJsonObject,
  itemsOf,
  type JsonObject,
  propertyOf,
  type Schema,
  valueSchemaOf,
  valuesOf,
} from '../schema/schema-node.ts';
import { compiledPattern } from './compiled-pattern.ts';
import { formatCheck } from './formats.ts';
import { listItemKey } from './list-uniqueness.ts';
import {
  compositeFailure,
  forbiddenProperty,
  longerThan,
  missing,
  moreThan,
  notInEnum,
  outOfBounds,
  wrongType,
} from './value-errors.ts';

/** The value before an update: what has not changed since is not checked again, so that a schema may become stricter. */
export interface OldValue {
  readonly value: unknown;
}

/** What a schema finds wrong with a value, in upstream's order and words. `path` is where the value stands in its object. */
export function validateValue(value: unknown, schema: Schema, path = '', old?: OldValue): FieldError[] {
  return new ValueValidation().node(value, schema, path, old).errors;
}

/** `matched` counts the checks that held: of several schemas that failed, the one that came closest is shown. */
interface Verdict {
  readonly errors: FieldError[];
  readonly matched: number;
}

class ValueValidation {
  node(value: unknown, schema: Schema, path: string, old?: OldValue): Verdict {
    if (old && deepEqual(value, old.value)) return { errors: [], matched: 1 };
    const checks = [typeErrors(value, schema, path)];
    let matched = 0;
    if (value !== null) {
      const junctors = this.junctors(value, schema, path);
      matched += junctors.matched;
      checks.push(junctors.errors);
      if (typeof value === 'string') checks.push(textErrors(value, schema, path), formatErrors(value, schema, path));
      if (typeof value === 'number' || typeof value === 'bigint') {
        checks.push(numberErrors(Number(value), schema, path));
      }
      if (Array.isArray(value)) checks.push(this.list(value, schema, path, old));
    }
    checks.push(enumErrors(value, schema, path));
    if (isJsonObject(value)) checks.push(this.object(value, schema, path, old));
    matched += checks.filter((errors) => errors.length === 0).length;
    return { errors: checks.flat(), matched };
  }

  private list(list: readonly unknown[], schema: Schema, path: string, old: OldValue | undefined): FieldError[] {
    const { minItems, maxItems } = schema;
    const errors: FieldError[] = [];
    const items = itemsOf(schema);
    if (items) {
      const before = oldItems(schema, old);
      for (const [i, item] of list.entries()) {
        errors.push(...this.node(item, items, `${path}[${i}]`, before?.(item)).errors);
      }
    }
    if (minItems !== undefined && list.length < minItems) {
      errors.push(outOfBounds(path, list.length, `should have at least ${minItems} items`));
    }
    if (maxItems !== undefined && list.length > maxItems) errors.push(moreThan(path, list.length, maxItems));
    return errors;
  }

  private object(object: JsonObject, schema: Schema, path: string, old: OldValue | undefined): FieldError[] {
    const sizeErrors = countErrors(object, schema, path);
    if (sizeErrors.length > 0) return sizeErrors;
    const errors: FieldError[] = [];
    const before = isJsonObject(old?.value) ? old.value : undefined;
    const oldOf = (name: string) => (before && Object.hasOwn(before, name) ? { value: before[name] } : undefined);
    for (const [name, field] of Object.entries(object)) {
      const known = propertyOf(schema, name) ?? valueSchemaOf(schema);
      if (known) errors.push(...this.node(field, known, childPath(path, name), oldOf(name)).errors);
      else if (valuesOf(schema) === false) errors.push(forbiddenProperty(path, name));
    }
    for (const name of schema.required ?? []) {
      if (!Object.hasOwn(object, name)) errors.push(missing(childPath(path, name)));
    }
    return errors;
  }

  private junctors(value: unknown, schema: Schema, path: string): Verdict {
    const errors: FieldError[] = [];
    let matched = 0;
    const alternatives = (schemas: readonly Schema[]) => schemas.map((other) => this.node(value, other, path));
    if (schema.anyOf?.length) {
      const verdicts = alternatives(schema.anyOf);
      if (!verdicts.some(isValid)) {
        errors.push(compositeFailure(path, 'must validate at least one schema (anyOf)'), ...closest(verdicts));
      } else matched += 1;
    }
    if (schema.oneOf?.length) {
      const verdicts = alternatives(schema.oneOf);
      const valid = verdicts.filter(isValid).length;
      if (valid === 1) matched += 1;
      else {
        const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`;
        errors.push(compositeFailure(path, `must validate one and only one schema (oneOf). ${found}`));
        if (valid === 0) errors.push(...closest(verdicts));
      }
    }
    if (schema.allOf?.length) {
      const verdicts = alternatives(schema.allOf);
      const valid = verdicts.filter(isValid).length;
      errors.push(...verdicts.flatMap((verdict) => verdict.errors));
      matched += valid;
      if (valid < verdicts.length) {
        const detail = `must validate all the schemas (allOf)${valid === 0 ? '. None validated' : ''}`;
        errors.push(compositeFailure(path, detail));
      }
    }
    if (schema.not && isValid(this.node(value, schema.not, path))) {
      errors.push(compositeFailure(path, 'must not validate the schema (not)'));
    }
    return { errors, matched };
  }
}

function isValid({ errors }: Verdict): boolean {
  return errors.length === 0;
}

function closest(verdicts: readonly Verdict[]): FieldError[] {
  let best: Verdict | undefined;
  for (const verdict of verdicts) if (!best || verdict.matched > best.matched) best = verdict;
  return best?.errors ?? [];
}

/** Items of a list keep their identity over an update only where the list is a map. */
function oldItems(schema: Schema, old: OldValue | undefined): ((item: unknown) => OldValue | undefined) | undefined {
  if (schema['x-kubernetes-list-type'] !== 'map' || !Array.isArray(old?.value)) return undefined;
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const byKey = new Map(old.value.map((item: unknown) => [listItemKey(item, keys), { value: item }]));
  return (item) => byKey.get(listItemKey(item, keys));
}

/** The name of a JSON value's type, with integers apart from other numbers. */
function typeNameOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'bigint') return 'integer';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function typeErrors(value: unknown, schema: Schema, path: string): FieldError[] {
  const wanted = isIntOrString(schema) ? ['integer', 'string'] : schema.type ? [schema.type] : [];
  if (wanted.length === 0) return [];
  const found = typeNameOf(value);
  if (wanted.includes(found) || (found === 'null' && schema.nullable === true)) return [];
  if (found === 'integer' && wanted.includes('number')) return [];
  return [wrongType(path, wanted.join(','), found)];
}

function textErrors(text: string, schema: Schema, path: string): FieldError[] {
  const { minLength, maxLength, pattern } = schema;
  const needsLength = minLength !== undefined || maxLength !== undefined;
  const length = needsLength ? [...text].length : 0;
  if (maxLength !== undefined && length > maxLength) return [longerThan(path, maxLength)];
  if (minLength !== undefined && length < minLength) {
    return [outOfBounds(path, text, `should be at least ${minLength} chars long`)];
  }
  if (pattern && !compiledPattern(pattern).matcher(text).find()) {
    return [outOfBounds(path, text, `should match '${pattern}'`)];
  }
  return [];
}

function formatErrors(text: string, { format, type }: Schema, path: string): FieldError[] {
  const check = format && (type === undefined || type === 'string') ? formatCheck(format) : undefined;
  return !check || check(text) ? [] : [wrongType(path, format ?? '', text)];
}

function numberErrors(value: number, schema: Schema, path: string): FieldError[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const errors: FieldError[] = [];
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) {
    errors.push(outOfBounds(path, value, `should be a multiple of ${multipleOf}`));
  }
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum)) {
    errors.push(outOfBounds(path, value, `should be less than ${exclusiveMaximum ? '' : 'or equal to '}${maximum}`));
  }
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum)) {
    errors.push(outOfBounds(path, value, `should be greater than ${exclusiveMinimum ? '' : 'or equal to '}${minimum}`));
  }
  return errors;
}

function isMultiple(value: number, factor: number): boolean {
  return Number.isInteger(factor < 1 ? value * (1 / factor) : value / factor);
}

/** Upstream wants `null` among the values also where the field is nullable. */
function enumErrors(value: unknown, { enum: allowed }: Schema, path: string): FieldError[] {
  if (!allowed) return [];
  return allowed.some((item) => deepEqual(item, value)) ? [] : [notInEnum(path, value, allowed)];
}

function countErrors(object: JsonObject, { minProperties, maxProperties }: Schema, path: string): FieldError[] {
  const count = Object.keys(object).length;
  if (minProperties !== undefined && count < minProperties) {
    return [outOfBounds(path, count, `should have at least ${minProperties} properties`)];
  }
  return maxProperties !== undefined && count > maxProperties ? [moreThan(path, count, maxProperties)] : [];
}
