import { type FieldType, type ScalarType, TypeSchemas } from '@orrery/api';
import type { Choices } from './choices.ts';

const schemas = TypeSchemas.builtIn();

/** Levels of objects below the one that is asked for. */
const depthMax = 4;

const strings = [
  'a',
  'one-two',
  'example.com/name',
  '10.1.2.3',
  '/var/tmp',
  'True',
  'Some words',
  '1Gi',
  '',
  'ünïcödé',
  'x'.repeat(300),
] as const;

const integers = [1, 2, 80, 300, 0, -1, 2 ** 31 - 1] as const;

const scalarValues: Readonly<Record<ScalarType, readonly [unknown, ...unknown[]]>> = {
  string: strings,
  bytes: ['aGVsbG8=', '', 'AA=='],
  int32: integers,
  int64: [...integers, 2 ** 40],
  double: [1, 0.5, 0],
  boolean: [true, false],
};

const keys = ['a', 'example.com/key', 'cpu', 'memory'] as const;

/** A value of the type, valid or not: what is in it has the right form, and nothing more is sure. */
export function typedValue(type: FieldType, choices: Choices, depth = depthMax): unknown {
  switch (type.kind) {
    case 'scalar':
      return choices.of(scalarValues[type.scalar]);
    case 'intOrString':
      return choices.of<unknown>([1, '50%', 'web', 0, -1]);
    case 'quantity':
      return choices.of<unknown>(['1', '500m', '1Gi', 2, '0', '0.5', '1e3', '-1']);
    case 'time':
      return choices.of(
        type.micro
          ? ['2026-01-01T00:00:00.000001Z', '2026-01-01T02:00:00.5+02:00']
          : ['2026-01-01T00:00:00Z', '2026-01-01T02:00:00+02:00'],
      );
    case 'any':
      return choices.of<unknown>([{}, { a: 1 }, true, 'text', [1], null]);
    case 'list':
      return Array.from({ length: choices.below(3) }, () => typedValue(type.items, choices, depth - 1));
    case 'map':
      return Object.fromEntries(
        Array.from({ length: choices.below(3) }, () => [choices.of(keys), typedValue(type.values, choices, depth - 1)]),
      );
    case 'object':
      return typedObject(type.typeName, choices, depth);
    default:
      return type satisfies never;
  }
}

/** What the type requires, and a few of the other fields. */
function typedObject(typeName: string, choices: Choices, depth: number): Record<string, unknown> {
  const fields = [...schemas.get(typeName).fields.values()];
  const object: Record<string, unknown> = {};
  for (const { name, type, required } of fields)
    if (required && depth > 0) object[name] = typedValue(type, choices, depth - 1);
  if (depth <= 0 || fields.length === 0) return object;
  for (let more = choices.below(3); more > 0; more -= 1) {
    const field = fields[choices.below(fields.length)];
    if (field) object[field.name] ??= typedValue(field.type, choices, depth - 1);
  }
  return object;
}

/** A value that no field of the type can hold. */
export function wrongValue(type: FieldType, choices: Choices): unknown {
  switch (type.kind) {
    case 'scalar':
      return type.scalar === 'string' || type.scalar === 'bytes'
        ? choices.of<unknown>([1, true, {}, ['a']])
        : choices.of<unknown>(['text', {}, [1], type.scalar === 'boolean' ? 1 : true]);
    case 'list':
      return choices.of<unknown>(['text', 1, { a: 1 }, true]);
    case 'map':
    case 'object':
      return choices.of<unknown>(['text', 1, [1], true]);
    case 'quantity':
      return choices.of<unknown>(['many', {}, [1], true, '1Zi']);
    case 'time':
      return choices.of<unknown>(['yesterday', 1, {}, true]);
    case 'intOrString':
      return choices.of<unknown>([{}, true, [1], 1.5]);
    case 'any':
      return null;
    default:
      return type satisfies never;
  }
}
