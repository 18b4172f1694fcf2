import { type ApiObject, type FieldType, type ResourceInfo, TypeSchemas } from '@orrery/api';
import type { Choices } from './choices.ts';
import { typedValue } from './typed-value.ts';

const schemas = TypeSchemas.builtIn();

/** One finding of a refusal, as a `Status` has it. */
export interface Cause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

/**
 * What a willing client makes of a refused object: it fills in what is required, takes one of the values that are supported, and leaves out what
 * else is complained about.
 */
export function heedCauses(
  object: ApiObject,
  info: ResourceInfo,
  causes: readonly Cause[],
  choices: Choices,
): ApiObject {
  const heeded = structuredClone(object) as unknown as Record<string, unknown>;
  for (const { reason, message, field } of causes) {
    const path = pathOf(field);
    if (reason === 'FieldValueRequired') fillIn(heeded, info, path, choices);
    else if (reason === 'FieldValueNotSupported') choose(heeded, path, message, choices);
    else leaveOut(heeded, path);
  }
  return heeded as unknown as ApiObject;
}

/** `spec.containers[0].env[a.b]` → `spec`, `containers`, `0`, `env`, `a.b`. */
function pathOf(field: string): string[] {
  return [...field.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)].map(([, index, name]) => index ?? name ?? '');
}

function fillIn(object: Record<string, unknown>, info: ResourceInfo, path: readonly string[], choices: Choices): void {
  let type: FieldType | undefined = { kind: 'object', typeName: info.typeName };
  let holder: Record<string, unknown> = object;
  for (const [depth, step] of path.entries()) {
    type = stepInto(type, step);
    if (type === undefined) return;
    if (depth === path.length - 1) {
      holder[step] = filled(type, choices);
      return;
    }
    const next = holder[step] ?? (type.kind === 'list' ? [] : {});
    if (typeof next !== 'object') return;
    holder[step] = next;
    holder = next as Record<string, unknown>;
  }
}

/** Something that is not empty. */
function filled(type: FieldType, choices: Choices): unknown {
  if (type.kind === 'list') return [typedValue(type.items, choices)];
  if (type.kind === 'scalar' && type.scalar === 'string')
    return choices.of(['a', 'example.com/name', '10.1.2.3', '/var/tmp']);
  return typedValue(type, choices);
}

function stepInto(type: FieldType, step: string): FieldType | undefined {
  switch (type.kind) {
    case 'object':
      return schemas.get(type.typeName).fields.get(step)?.type;
    case 'map':
      return type.values;
    case 'list':
      return type.items;
    default:
      return undefined;
  }
}

function choose(object: Record<string, unknown>, path: readonly string[], message: string, choices: Choices): void {
  const list = message.split('supported values: ')[1] ?? '';
  const supported = [...list.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, value]) => value ?? '');
  const [first, ...others] = supported;
  const holder = holderOf(object, path);
  const last = path.at(-1);
  if (first === undefined || holder === undefined || last === undefined || !(last in holder)) leaveOut(object, path);
  else holder[last] = choices.of([first, ...others]);
}

/** Removes what the path names, or the innermost part on the way that there is. */
function leaveOut(object: Record<string, unknown>, path: readonly string[]): void {
  for (let length = path.length; length > 1; length -= 1) {
    const holder = holderOf(object, path.slice(0, length));
    const last = path[length - 1];
    if (holder === undefined || last === undefined || !(last in holder)) continue;
    if (Array.isArray(holder)) holder.splice(Number(last), 1);
    else delete holder[last];
    return;
  }
}

function holderOf(object: Record<string, unknown>, path: readonly string[]): Record<string, unknown> | undefined {
  let value: unknown = object;
  for (const step of path.slice(0, -1)) {
    value = (value as Record<string, unknown>)[step];
    if (typeof value !== 'object' || value === null) return undefined;
  }
  return value as Record<string, unknown>;
}
