import type {
  ApiObject,
  CustomConversion,
  CustomKind,
  CustomResourceDefinition,
  CustomResourceDefinitionVersion,
  DecodedCustomResource,
  JsonSchema,
  MergeSchema,
  Printer,
  ScalePaths,
} from '@orrery/api';
import { customPrinter } from '../columns/custom-printer.ts';
import { readSimplePath } from '../columns/simple-path.ts';
import { applySchemaDefaults } from '../defaulting/apply-schema-defaults.ts';
import { conditionIsTrue } from '../definition/definition-condition.ts';
import { coerceMetadata } from '../metadata/embedded-metadata.ts';
import { publishSchema } from '../openapi/publish-schema.ts';
import { prune } from '../pruning/prune.ts';
import { SchemaRules } from '../rules/schema-rules.ts';
import type { JsonObject, Schema } from '../schema/schema-node.ts';
import { validateStructural } from '../schema/structural-validation.ts';
import { customMergeSchema } from './custom-merge-schema.ts';
import { byVersionPriority } from './version-priority.ts';

/** One version of a definition, as generic code asks about it. */
export class DefinedKind implements CustomKind {
  readonly definition: string;
  readonly printer: Printer;
  readonly selectableFields: ReadonlyMap<string, (object: ApiObject) => string>;
  readonly scale: ScalePaths | undefined;
  readonly conversion: CustomConversion;
  readonly mergeSchema: MergeSchema;
  readonly warnings: readonly string[];
  readonly terminating: boolean;
  /** Everything goes where the definition says nothing. */
  readonly schema: Schema;
  private readonly hasSchema: boolean;
  private compiledRules: { readonly rules: SchemaRules | undefined } | undefined;

  constructor(definition: CustomResourceDefinition, version: CustomResourceDefinitionVersion) {
    const { metadata, spec } = definition;
    const schema = version.schema?.openAPIV3Schema;
    this.definition = metadata.name;
    this.hasSchema = schema !== undefined;
    this.schema = withRootRules(schema, spec.preserveUnknownFields === true);
    this.printer = customPrinter(version.additionalPrinterColumns);
    this.selectableFields = new Map((version.selectableFields ?? []).map(({ jsonPath }) => fieldReader(jsonPath)));
    this.scale = version.subresources?.scale;
    this.conversion = conversionOf(definition);
    this.mergeSchema = customMergeSchema(this.schema, true);
    this.warnings = warningsOf(definition, version);
    this.terminating = conditionIsTrue(definition, 'Terminating');
  }

  /** Compiled when they are first needed: there may be hundreds of definitions. */
  get rules(): SchemaRules | undefined {
    this.compiledRules ??= { rules: SchemaRules.of(this.schema) };
    return this.compiledRules.rules;
  }

  decode(value: Record<string, unknown>): DecodedCustomResource {
    const { unknownFields, typeErrors } = coerceMetadata(value, this.schema, false);
    const dropped = prune(value, this.schema, true);
    return { value, unknownFields: [...unknownFields, ...dropped].sort(), typeErrors };
  }

  coerce(object: ApiObject): void {
    const fields = object as unknown as JsonObject;
    coerceMetadata(fields, this.schema, true);
    prune(fields, this.schema, true);
    this.applyDefaults(object);
    object.metadata.generation ||= 1;
  }

  applyDefaults(object: ApiObject): void {
    applySchemaDefaults(object, this.schema);
  }

  openApiSchema(version: 2 | 3, refPrefix: string): JsonSchema {
    const isStructural = this.hasSchema && validateStructural(this.schema, '').length === 0;
    return publishSchema(isStructural ? this.schema : undefined, { version, refPrefix });
  }
}

/** Definitions of old preserve all unknown fields; metadata is ruled for all objects alike. */
function withRootRules(schema: Schema | undefined, preserves: boolean): Schema {
  if (!schema) return { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  return preserves ? { ...schema, 'x-kubernetes-preserve-unknown-fields': true } : schema;
}

/** The name of a selectable field is its path without the dot in front; an absent value is the empty text. */
function fieldReader(jsonPath: string): [string, (object: ApiObject) => string] {
  const read = (object: ApiObject): string => {
    const found = readSimplePath(object, jsonPath);
    return found.kind === 'found' && found.value !== null ? String(found.value) : '';
  };
  return [jsonPath.replace(/^\./, ''), read];
}

function conversionOf({ spec }: CustomResourceDefinition): CustomConversion {
  const { strategy, webhook } = spec.conversion ?? {};
  if (strategy !== 'Webhook' || !webhook) return { strategy: 'None' };
  const { clientConfig = {}, conversionReviewVersions } = webhook;
  return { strategy: 'Webhook', clientConfig, conversionReviewVersions };
}

function warningsOf({ spec }: CustomResourceDefinition, version: CustomResourceDefinitionVersion): string[] {
  if (!version.deprecated) return [];
  const { group, names } = spec;
  return [version.deprecationWarning ?? defaultWarning(group, version.name, names.kind, spec.versions)];
}

/** Names the best served version that is not deprecated, where there is one. */
function defaultWarning(
  group: string,
  version: string,
  kind: string,
  versions: readonly CustomResourceDefinitionVersion[],
): string {
  const text = `${group}/${version} ${kind} is deprecated`;
  const better = versions.filter(({ served, deprecated }) => served && !deprecated);
  const newest = better.map(({ name }) => name).sort(byVersionPriority)[0];
  return newest === undefined || byVersionPriority(newest, version) > 0
    ? text
    : `${text}; use ${group}/${newest} ${kind}`;
}
