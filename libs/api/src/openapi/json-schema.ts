import { type FieldSchema, type FieldType, type ScalarType, TypeSchemas } from '../schema/type-schemas.ts';
import type { TypeDescription, TypeDescriptions } from './descriptions.ts';

/** A schema of an OpenAPI document, of either version. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string;
  readonly format?: string;
  readonly default?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly allOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly [extension: `x-kubernetes-${string}`]: unknown;
}

/** In what the versions of OpenAPI differ for us. */
export interface Dialect {
  readonly refPrefix: '#/definitions/' | '#/components/schemas/';
  /** Version 3 lets a reference stand beside a description only inside `allOf`, and knows `oneOf`. */
  readonly version: 2 | 3;
}

export const dialectV2: Dialect = { refPrefix: '#/definitions/', version: 2 };
export const dialectV3: Dialect = { refPrefix: '#/components/schemas/', version: 3 };

/** `api.apps.v1.Deployment` → `io.k8s.api.apps.v1.Deployment`; custom resources are named as their definitions are. */
export function definitionName(typeName: string): string {
  return TypeSchemas.builtIn().has(typeName) ? `io.k8s.${typeName}` : typeName;
}

export function refTo(typeName: string, { refPrefix }: Dialect): JsonSchema {
  return { $ref: `${refPrefix}${definitionName(typeName)}` };
}

const quantityType = 'apimachinery.pkg.api.resource.Quantity';
const intOrStringType = 'apimachinery.pkg.util.intstr.IntOrString';
const timeType = 'apimachinery.pkg.apis.meta.v1.Time';
const microTimeType = 'apimachinery.pkg.apis.meta.v1.MicroTime';

/** Types of free JSON that are objects at least; the others may be anything. */
const freeObjects: ReadonlySet<string> = new Set([
  'apimachinery.pkg.apis.meta.v1.FieldsV1',
  'apimachinery.pkg.apis.meta.v1.Patch',
  'apimachinery.pkg.runtime.RawExtension',
]);

const scalarSchemas: Readonly<Record<ScalarType, JsonSchema>> = {
  string: { type: 'string' },
  bytes: { type: 'string', format: 'byte' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' },
  boolean: { type: 'boolean' },
};

/** Writes the schemas of types. */
export class SchemaWriter {
  private readonly types = TypeSchemas.builtIn();

  constructor(
    private readonly dialect: Dialect,
    private readonly descriptions: TypeDescriptions,
  ) {}

  /** The definition of a type by name. */
  definition(typeName: string): JsonSchema {
    const described = this.descriptions[typeName] ?? {};
    const head = described.description ? { description: described.description } : {};
    const type = this.types.typeOf(typeName);
    return type.kind === 'object'
      ? { ...head, ...this.object(typeName, described) }
      : { ...head, ...this.special(type) };
  }

  /** Names of the types that the fields of a type refer to. */
  referencesOf(typeName: string): string[] {
    if (this.types.typeOf(typeName).kind !== 'object') return [];
    return [...this.types.get(typeName).fields.values()].flatMap(({ type }) => referenced(type));
  }

  private object(typeName: string, described: TypeDescription): JsonSchema {
    const schema = this.types.get(typeName);
    const fields = [...schema.fields.values()];
    const required = fields.filter((field) => field.required).map(({ name }) => name);
    const properties = fields.map(
      (field) => [field.name, this.property(field, described.fields?.[field.name])] as const,
    );
    return {
      type: 'object',
      ...(properties.length > 0 ? { properties: Object.fromEntries(properties) } : {}),
      ...(required.length > 0 ? { required } : {}),
      ...(schema.kinds.length > 0 ? { 'x-kubernetes-group-version-kind': schema.kinds.map(splitKind) } : {}),
      ...(schema.mapType ? { 'x-kubernetes-map-type': schema.mapType } : {}),
      ...(schema.unions.length > 0 ? { 'x-kubernetes-unions': schema.unions } : {}),
    };
  }

  private property(field: FieldSchema, described: string | undefined): JsonSchema {
    const description = described ?? this.descriptionOfType(field.type);
    const { defaultValue } = field;
    return {
      ...(description ? { description } : {}),
      ...this.fieldSchema(field.type),
      ...(defaultValue === undefined ? {} : { default: defaultValue }),
      ...(field.listType ? { 'x-kubernetes-list-type': field.listType } : {}),
      ...(field.listMapKeys.length > 0 ? { 'x-kubernetes-list-map-keys': field.listMapKeys } : {}),
      ...(field.mapType ? { 'x-kubernetes-map-type': field.mapType } : {}),
      ...(field.patchStrategies.length > 0 ? { 'x-kubernetes-patch-strategy': field.patchStrategies.join(',') } : {}),
      ...(field.mergeKey ? { 'x-kubernetes-patch-merge-key': field.mergeKey } : {}),
    };
  }

  private fieldSchema(type: FieldType): JsonSchema {
    switch (type.kind) {
      case 'list':
        return { type: 'array', items: this.fieldSchema(type.items) };
      case 'map':
        return { type: 'object', additionalProperties: this.fieldSchema(type.values) };
      case 'scalar':
        return scalarSchemas[type.scalar];
      default:
        return this.reference(type);
    }
  }

  private reference(type: FieldType): JsonSchema {
    const typeName = nameOf(type);
    const ref = refTo(typeName ?? '', this.dialect);
    if (this.dialect.version === 2) return ref;
    return type.kind === 'object' ? { allOf: [ref], default: {} } : { allOf: [ref] };
  }

  /** Types that are not objects on the wire. */
  private special(type: FieldType): JsonSchema {
    const { version } = this.dialect;
    switch (type.kind) {
      case 'quantity':
        return version === 2 ? { type: 'string' } : { oneOf: [{ type: 'string' }, { type: 'number' }] };
      case 'intOrString':
        return version === 2
          ? { type: 'string', format: 'int-or-string' }
          : { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] };
      case 'time':
        return { type: 'string', format: 'date-time' };
      case 'any':
        return freeObjects.has(type.typeName) ? { type: 'object' } : {};
      default:
        return this.fieldSchema(type);
    }
  }

  /** The client's models leave out what a field of another type says: the type's own words stand in. */
  private descriptionOfType(type: FieldType): string | undefined {
    const typeName = nameOf(type);
    return typeName && this.descriptions[typeName]?.description;
  }
}

/** The type that a field refers to; `undefined` for lists, maps and scalars. */
function nameOf(type: FieldType): string | undefined {
  switch (type.kind) {
    case 'object':
    case 'any':
      return type.typeName;
    case 'quantity':
      return quantityType;
    case 'intOrString':
      return intOrStringType;
    case 'time':
      return type.micro ? microTimeType : timeType;
    default:
      return undefined;
  }
}

function referenced(type: FieldType): string[] {
  if (type.kind === 'list') return referenced(type.items);
  if (type.kind === 'map') return referenced(type.values);
  const typeName = nameOf(type);
  return typeName ? [typeName] : [];
}

function splitKind(text: string): { group: string; kind: string; version: string } {
  const [group = '', version = '', kind = ''] = text.split('/');
  return { group, kind, version };
}
