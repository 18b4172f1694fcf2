/** The type of a CEL expression. Types without parameters are shared constants of `types`. */
export type CelType =
  | { readonly kind: PlainKind; readonly lengthMax?: number }
  | { readonly kind: 'list'; readonly element: CelType; readonly countMax?: number }
  | { readonly kind: 'map'; readonly key: CelType; readonly value: CelType; readonly countMax?: number }
  | { readonly kind: 'optional'; readonly element: CelType }
  | { readonly kind: 'type'; readonly of: CelType }
  | { readonly kind: 'string' | 'bytes'; readonly lengthMax?: number }
  | ObjectType
  /** A type of a library, known by its name alone: `kubernetes.Quantity`. */
  | { readonly kind: 'opaque'; readonly name: string }
  /** Stands for any type in the signature of a function; the checker binds it. */
  | { readonly kind: 'parameter'; readonly name: string };

export type PlainKind = 'dyn' | 'error' | 'null' | 'bool' | 'int' | 'uint' | 'double' | 'timestamp' | 'duration';

/** A type with fields. Two object types are the same type where their names are equal. */
export interface ObjectType {
  readonly kind: 'object';
  readonly name: string;
  /** Fields by the names that expressions use (escaped). Read lazily: types may contain themselves. */
  readonly fields: ReadonlyMap<string, CelType>;
  /** There may be other fields, of type `dyn`. */
  readonly open?: boolean;
}

const dyn: CelType = { kind: 'dyn' };

/** Builds types. `countMax` and `lengthMax` are bounds from a schema: they only serve the estimate of costs. */
export const types = {
  dyn,
  /** The type of what could not be checked; agrees with everything, so that one mistake is told once. */
  error: { kind: 'error' } as CelType,
  null: { kind: 'null' } as CelType,
  bool: { kind: 'bool' } as CelType,
  int: { kind: 'int' } as CelType,
  uint: { kind: 'uint' } as CelType,
  double: { kind: 'double' } as CelType,
  string: { kind: 'string' } as CelType,
  bytes: { kind: 'bytes' } as CelType,
  timestamp: { kind: 'timestamp' } as CelType,
  duration: { kind: 'duration' } as CelType,
  list: (element: CelType, countMax?: number): CelType => ({
    kind: 'list',
    element,
    ...(countMax !== undefined && { countMax }),
  }),
  map: (key: CelType, value: CelType, countMax?: number): CelType => ({
    kind: 'map',
    key,
    value,
    ...(countMax !== undefined && { countMax }),
  }),
  optional: (element: CelType): CelType => ({ kind: 'optional', element }),
  type: (of: CelType = dyn): CelType => ({ kind: 'type', of }),
  opaque: (name: string): CelType => ({ kind: 'opaque', name }),
  parameter: (name: string): CelType => ({ kind: 'parameter', name }),
} as const;

/** An object type whose fields are asked for when they are first needed. */
export function objectType(name: string, fields: () => Readonly<Record<string, CelType>>): ObjectType {
  let known: ReadonlyMap<string, CelType> | undefined;
  return {
    kind: 'object',
    name,
    get fields() {
      known ??= new Map(Object.entries(fields()));
      return known;
    },
  };
}

/** An object type that may have any fields. */
export function openObjectType(name: string): ObjectType {
  return { kind: 'object', name, fields: new Map(), open: true };
}

/** The field's type; `undefined` where there is no such field. */
export function fieldType({ fields, open }: ObjectType, name: string): CelType | undefined {
  return fields.get(name) ?? (open ? types.dyn : undefined);
}

/** The type by the name that `type()` gives: unlike in error messages of the checker, null is `null_type`. */
export function runtimeTypeText(type: CelType): string {
  if (type.kind === 'null') return 'null_type';
  if (type.kind === 'timestamp') return 'google.protobuf.Timestamp';
  return type.kind === 'duration' ? 'google.protobuf.Duration' : typeText(type);
}

/** The type as error messages and `type()` write it: `list(string)`, `map(string, dyn)`. */
export function typeText(type: CelType): string {
  switch (type.kind) {
    case 'list':
      return `list(${typeText(type.element)})`;
    case 'map':
      return `map(${typeText(type.key)}, ${typeText(type.value)})`;
    case 'optional':
      return `optional_type(${typeText(type.element)})`;
    case 'type':
      return type.of.kind === 'dyn' ? 'type' : `type(${typeText(type.of)})`;
    case 'object':
    case 'opaque':
    case 'parameter':
      return type.name;
    case 'error':
      return '!error!';
    default:
      return type.kind;
  }
}
