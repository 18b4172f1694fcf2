import { invariant } from '@orrery/runtime';
import { typesJson } from '../generated/types-table.ts';

/** The type of a field, a list's items or a map's values. */
export type FieldType =
  | { readonly kind: 'object'; readonly typeName: string }
  | { readonly kind: 'list'; readonly items: FieldType }
  | { readonly kind: 'map'; readonly values: FieldType }
  | { readonly kind: 'scalar'; readonly scalar: ScalarType }
  | { readonly kind: 'intOrString' }
  | { readonly kind: 'quantity' }
  /** `micro`: with microseconds. */
  | { readonly kind: 'time'; readonly micro: boolean }
  /** Free JSON that the API neither checks nor prunes; `typeName` is its type of upstream. */
  | { readonly kind: 'any'; readonly typeName: string };

/** `bytes` is base64 text. */
export type ScalarType = 'string' | 'bytes' | 'int32' | 'int64' | 'double' | 'boolean';

export type ListType = 'atomic' | 'map' | 'set';

/** One field of a type. */
export interface FieldSchema {
  readonly name: string;
  readonly type: FieldType;
  readonly required: boolean;
  /** As OpenAPI shows it; `undefined` where there is none. Defaulting itself is `applyDefaults`. */
  readonly defaultValue: unknown;
  /** How server-side apply merges the list. */
  readonly listType: ListType | undefined;
  readonly listMapKeys: readonly string[];
  readonly mapType: 'granular' | 'atomic' | undefined;
  /** How strategic merge patch treats the field: `merge`, `replace`, `retainKeys`. */
  readonly patchStrategies: readonly string[];
  /** Key that strategic merge patch merges the list's items by. */
  readonly mergeKey: string | undefined;
}

/** One of several fields that exclude each other. */
export interface UnionSchema {
  readonly discriminator?: string;
  readonly 'fields-to-discriminateBy'?: Readonly<Record<string, string>>;
}

/** A type with fields. */
export interface ObjectSchema {
  readonly typeName: string;
  readonly fields: ReadonlyMap<string, FieldSchema>;
  /** `atomic` types are replaced as a whole by server-side apply. */
  readonly mapType: 'granular' | 'atomic' | undefined;
  /** `group/version/kind` of the kinds that this type is, for the few types that are kinds. */
  readonly kinds: readonly string[];
  readonly unions: readonly UnionSchema[];
  /** Fields that are there even where nobody names them: upstream holds these values themselves, not pointers to them. */
  readonly alwaysPresent: readonly FieldSchema[];
}

interface FieldFact {
  t: string;
  req?: 1;
  def?: unknown;
  list?: ListType;
  keys?: string[];
  map?: 'granular' | 'atomic';
  patch?: string;
  mergeKey?: string;
}

interface TypeFact {
  type?: string;
  gvk?: string[];
  mapType?: 'granular' | 'atomic';
  fields?: Record<string, FieldFact>;
  unions?: UnionSchema[];
}

const scalars: Readonly<Record<string, ScalarType>> = {
  string: 'string',
  'string:byte': 'bytes',
  'integer:int32': 'int32',
  'integer:int64': 'int64',
  'number:double': 'double',
  boolean: 'boolean',
};

const specialTypes: Readonly<Record<string, FieldType>> = {
  'apimachinery.pkg.api.resource.Quantity': { kind: 'quantity' },
  'apimachinery.pkg.util.intstr.IntOrString': { kind: 'intOrString' },
  'apimachinery.pkg.apis.meta.v1.Time': { kind: 'time', micro: false },
  'apimachinery.pkg.apis.meta.v1.MicroTime': { kind: 'time', micro: true },
};

const freeTypes: ReadonlySet<string> = new Set([
  'apimachinery.pkg.apis.meta.v1.FieldsV1',
  'apimachinery.pkg.apis.meta.v1.Patch',
  'apimachinery.pkg.runtime.RawExtension',
  'apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON',
  'apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrArray',
  'apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrBool',
  'apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaPropsOrStringArray',
]);

/** Required values that upstream nevertheless holds by a pointer: absent, they are missed. */
const requiredPointers: ReadonlySet<string> = new Set([
  'api.admissionregistration.v1.MutatingWebhook.sideEffects',
  'api.admissionregistration.v1.ValidatingWebhook.sideEffects',
  'api.apps.v1.DaemonSetSpec.selector',
  'api.apps.v1.DeploymentSpec.selector',
  'api.apps.v1.ReplicaSetSpec.selector',
  'api.apps.v1.StatefulSetSpec.selector',
  'api.core.v1.ScaleIOPersistentVolumeSource.secretRef',
  'api.core.v1.ScaleIOVolumeSource.secretRef',
  'api.networking.v1.HTTPIngressPath.pathType',
  'api.networking.v1.IPAddressSpec.parentRef',
  'api.networking.v1beta1.IPAddressSpec.parentRef',
]);

/** All types of the API by name (`api.core.v1.Pod`). A type is read on first use. */
export class TypeSchemas {
  private static builtInSchemas: TypeSchemas | undefined;
  private readonly read = new Map<string, ObjectSchema>();

  private constructor(private readonly facts: Readonly<Record<string, TypeFact>>) {}

  /** The types of Kubernetes 1.36. */
  static builtIn(): TypeSchemas {
    TypeSchemas.builtInSchemas ??= new TypeSchemas(JSON.parse(typesJson) as Record<string, TypeFact>);
    return TypeSchemas.builtInSchemas;
  }

  /** Fails for a name that is no type with fields: names come from the tables, never from users. */
  get(typeName: string): ObjectSchema {
    const known = this.read.get(typeName);
    if (known) return known;
    const fact = this.facts[typeName];
    invariant(fact, `unknown type ${typeName}`);
    const fields = Object.entries(fact.fields ?? {}).map(([name, field]) => fieldSchema(name, field));
    const schema: ObjectSchema = {
      typeName,
      fields: new Map(fields.map((field) => [field.name, field])),
      alwaysPresent: fields.filter((field) => isAlwaysPresent(typeName, field)),
      mapType: fact.mapType,
      kinds: fact.gvk ?? [],
      unions: fact.unions ?? [],
    };
    this.read.set(typeName, schema);
    return schema;
  }

  has(typeName: string): boolean {
    return typeName in this.facts;
  }

  /** The type behind a name: an object, or one of those with a form of their own (quantity, time, free JSON). */
  typeOf(typeName: string): FieldType {
    return namedType(typeName);
  }

  /** Name of the type of each kind, by `group/version/kind`. */
  namesByKind(): ReadonlyMap<string, string> {
    const names = new Map<string, string>();
    for (const [typeName, { gvk }] of Object.entries(this.facts)) {
      for (const kind of gvk ?? []) names.set(kind, typeName);
    }
    return names;
  }

  names(): readonly string[] {
    return Object.keys(this.facts);
  }
}

function fieldSchema(name: string, fact: FieldFact): FieldSchema {
  return {
    name,
    type: parseType(fact.t),
    required: fact.req === 1,
    defaultValue: fact.def,
    listType: fact.list,
    listMapKeys: fact.keys ?? [],
    mapType: fact.map,
    patchStrategies: fact.patch?.split(',') ?? [],
    mergeKey: fact.mergeKey,
  };
}

function isAlwaysPresent(typeName: string, { name, type, required }: FieldSchema): boolean {
  const isHeld = type.kind === 'object' || (type.kind === 'scalar' && type.scalar !== 'bytes');
  return required && isHeld && !requiredPointers.has(`${typeName}.${name}`);
}

function parseType(text: string): FieldType {
  if (text.startsWith('[]')) return { kind: 'list', items: parseType(text.slice(2)) };
  const map = /^map<(.*)>$/.exec(text);
  if (map) return { kind: 'map', values: parseType(map[1] ?? '') };
  const scalar = scalars[text];
  return scalar ? { kind: 'scalar', scalar } : namedType(text);
}

function namedType(typeName: string): FieldType {
  const special = specialTypes[typeName];
  if (special) return special;
  return freeTypes.has(typeName) ? { kind: 'any', typeName } : { kind: 'object', typeName };
}
