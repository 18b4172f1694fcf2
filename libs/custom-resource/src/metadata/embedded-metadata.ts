import {
  checkShape,
  dnsSubdomainErrors,
  type FieldError,
  invalidValue,
  type ObjectMeta,
  required,
  validateMeta,
} from '@orrery/api';
import {
  childPath,
  isEmbedded,
  isJsonObject,
  itemsOf,
  type JsonObject,
  propertyOf,
  type Schema,
  valueSchemaOf,
} from '../schema/schema-node.ts';

const objectMetaType = 'apimachinery.pkg.apis.meta.v1.ObjectMeta';

/** What reading the metadata of an object, and of the objects embedded in it, has found. */
export interface MetadataReport {
  readonly unknownFields: string[];
  readonly typeErrors: string[];
}

/**
 * Brings the metadata of a resource and of the resources embedded in it into the form of `ObjectMeta`, in place. `dropMalformed`: what has
 * not the right type goes, as for objects that were stored before a schema said so; otherwise it is reported.
 */
export function coerceMetadata(object: JsonObject, schema: Schema, dropMalformed: boolean): MetadataReport {
  const coercion = new Coercion(dropMalformed);
  coercion.resource(object, '');
  coercion.fields(object, schema, '');
  return coercion;
}

class Coercion implements MetadataReport {
  readonly unknownFields: string[] = [];
  readonly typeErrors: string[] = [];

  constructor(private readonly dropMalformed: boolean) {}

  resource(object: JsonObject, path: string): void {
    if (path !== '') for (const name of ['apiVersion', 'kind']) this.text(object, name, path);
    if (!Object.hasOwn(object, 'metadata')) return;
    const at = childPath(path, 'metadata');
    const { metadata } = object;
    const { pruned, unknownFields, typeErrors } = checkShape(objectMetaType, metadata ?? {}, at);
    if (typeErrors.length === 0) {
      object.metadata = pruned;
      this.unknownFields.push(...unknownFields);
    } else if (!this.dropMalformed) {
      this.typeErrors.push(...typeErrors);
    } else if (isJsonObject(metadata)) {
      object.metadata = wellFormed(metadata);
    } else {
      delete object.metadata;
    }
  }

  fields(value: unknown, schema: Schema | undefined, path: string): void {
    if (!schema) return;
    if (Array.isArray(value)) {
      const items = itemsOf(schema);
      for (const [i, item] of value.entries()) this.node(item, items, `${path}[${i}]`);
    } else if (isJsonObject(value)) {
      for (const [name, field] of Object.entries(value)) {
        this.node(field, propertyOf(schema, name) ?? valueSchemaOf(schema), childPath(path, name));
      }
    }
  }

  private node(value: unknown, schema: Schema | undefined, path: string): void {
    if (schema && isEmbedded(schema) && isJsonObject(value)) this.resource(value, path);
    this.fields(value, schema, path);
  }

  private text(object: JsonObject, name: string, path: string): void {
    if (!Object.hasOwn(object, name) || typeof object[name] === 'string') return;
    if (this.dropMalformed) delete object[name];
    else this.typeErrors.push(`${childPath(path, name)}: Invalid value: "string": must be string`);
  }
}

/** The fields of metadata that can be read one by one. */
function wellFormed(metadata: JsonObject): JsonObject {
  const kept: JsonObject = {};
  for (const [name, value] of Object.entries(metadata)) {
    const { pruned, typeErrors } = checkShape(objectMetaType, { [name]: value });
    if (typeErrors.length === 0) Object.assign(kept, pruned);
  }
  return kept;
}

/** Resources embedded in another need a kind, a version, and metadata that are well formed. */
export function validateEmbedded(value: unknown, schema: Schema | undefined, path = ''): FieldError[] {
  if (!schema) return [];
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    return value.flatMap((item, i) => validateNode(item, items, `${path}[${i}]`));
  }
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([name, field]) =>
    validateNode(field, propertyOf(schema, name) ?? valueSchemaOf(schema), childPath(path, name)),
  );
}

function validateNode(value: unknown, schema: Schema | undefined, path: string): FieldError[] {
  const own = schema && isEmbedded(schema) && isJsonObject(value) ? validateResource(value, path) : [];
  return [...own, ...validateEmbedded(value, schema, path)];
}

function validateResource(object: JsonObject, path: string): FieldError[] {
  const findings: FieldError[] = [];
  const { apiVersion, kind } = object;
  if (!apiVersion) findings.push(required(`${path}.apiVersion`, 'must not be empty'));
  else if (typeof apiVersion === 'string' && apiVersion.split('/').length > 2) {
    const detail = `unexpected GroupVersion string: ${apiVersion}`;
    findings.push(invalidValue(`${path}.apiVersion`, apiVersion, detail));
  }
  if (!kind) findings.push(required(`${path}.kind`, 'must not be empty'));
  if (isJsonObject(object.metadata)) findings.push(...validateEmbeddedMeta(object.metadata, `${path}.metadata`));
  return findings;
}

/** An embedded object need not have a name, and may or may not have a namespace. */
function validateEmbeddedMeta(metadata: JsonObject, path: string): FieldError[] {
  const { name = 'fake', namespace, ...rest } = metadata as unknown as ObjectMeta;
  const complete = { ...rest, name, ...(namespace && { namespace }) } as ObjectMeta;
  return validateMeta(complete, namespace !== undefined && namespace !== '', dnsSubdomainErrors, path);
}
