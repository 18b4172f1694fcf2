/**
 * How server-side apply treats one place of an object: which parts have owners of their own and which are replaced as a whole. Built-in
 * types have theirs from `builtInMergeSchema`; a custom resource makes one of its structural schema.
 */
export type MergeSchema = ScalarMergeSchema | ListMergeSchema | MapMergeSchema | DeducedMergeSchema;

/** A value without parts. `untyped` takes any scalar. */
export interface ScalarMergeSchema {
  readonly kind: 'scalar';
  readonly scalar: 'string' | 'numeric' | 'boolean' | 'untyped';
}

export interface ListMergeSchema {
  readonly kind: 'list';
  /** `atomic`: one owner for the whole list; `set`: one for each scalar; `map`: one for each item, told apart by `keys`. */
  readonly listType: 'atomic' | 'set' | 'map';
  readonly keys: readonly string[];
  readonly items: MergeSchema;
}

/** An object with declared fields, a map with keys of the user's choice, or both. */
export interface MapMergeSchema {
  readonly kind: 'map';
  /** One owner for the whole of it. */
  readonly atomic: boolean;
  /** The schema of a declared field; `undefined` for all other keys. */
  field(name: string): MergeSchema | undefined;
  /** The schema behind keys that are not declared; `undefined` where there may be none. */
  readonly values: MergeSchema | undefined;
  /** What a key field of a list item counts as where the item leaves it out. */
  defaultOf?(name: string): unknown;
}

/** Free JSON: objects merge key by key, lists are atomic. For `x-kubernetes-preserve-unknown-fields` and for what has no schema. */
export interface DeducedMergeSchema {
  readonly kind: 'deduced';
}

export const deducedMergeSchema: DeducedMergeSchema = { kind: 'deduced' };

/** What a value is once the schema is resolved by it. */
export type ResolvedSchema = ScalarMergeSchema | ListMergeSchema | MapMergeSchema;

const untypedScalar: ScalarMergeSchema = { kind: 'scalar', scalar: 'untyped' };
const deducedList: ListMergeSchema = { kind: 'list', listType: 'atomic', keys: [], items: deducedMergeSchema };
const deducedMap: MapMergeSchema = {
  kind: 'map',
  atomic: false,
  field: () => undefined,
  values: deducedMergeSchema,
};

/** Free JSON takes the form of its value; null counts as an object, which is what it may become. */
export function resolveSchema(schema: MergeSchema, value: unknown): ResolvedSchema {
  if (schema.kind !== 'deduced') return schema;
  if (Array.isArray(value)) return deducedList;
  return typeof value === 'object' || value === undefined ? deducedMap : untypedScalar;
}

/** The schema of one key; free JSON where the schema knows nothing, which only an object that broke its schema brings about. */
export function childSchema(schema: MapMergeSchema, key: string): MergeSchema {
  return schema.field(key) ?? schema.values ?? deducedMergeSchema;
}
