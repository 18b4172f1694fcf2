import {
  type ApiObject,
  deepEqual,
  dnsSubdomainErrors,
  type FieldError,
  invalidValue,
  prepareMetaForCreate,
  prepareMetaForUpdate,
  type ResourceInfo,
  type ScalePaths,
  type Strategy,
  type StrategyContext,
  validateMeta,
  validateMetaUpdate,
} from '@orrery/api';
import { validateEmbedded } from '../metadata/embedded-metadata.ts';
import type { SchemaRules } from '../rules/schema-rules.ts';
import { propertyOf, type Schema } from '../schema/schema-node.ts';
import { validateListUniqueness } from '../validation/list-uniqueness.ts';
import { type OldValue, validateValue } from '../validation/validate-value.ts';
import { validateScaleSpec, validateScaleStatus } from './scale-validation.ts';

type Fields = Record<string, unknown>;

/** What a strategy follows from: one version of a definition. */
export interface StrategySource {
  readonly info: Pick<ResourceInfo, 'group' | 'version' | 'kind' | 'namespaced'>;
  readonly schema: Schema;
  readonly rules: () => SchemaRules | undefined;
  readonly hasStatus: boolean;
  readonly scale: ScalePaths | undefined;
}

/** The life of custom resources: the schema says what is right, every change beside metadata counts as a generation. */
export class CustomResourceStrategy implements Strategy {
  readonly allowsUnconditionalUpdate = false;
  readonly allowsCreateOnUpdate = false;

  constructor(private readonly source: StrategySource) {}

  prepareForCreate(object: ApiObject, context: StrategyContext): void {
    prepareMetaForCreate(object, this.source.info as ResourceInfo, context);
    if (this.source.hasStatus) delete fieldsOf(object).status;
    object.metadata.generation = 1;
  }

  prepareForUpdate(object: ApiObject, old: ApiObject): void {
    prepareMetaForUpdate(object, old);
    if (this.source.hasStatus) keepField(object, old, 'status');
    if (!deepEqual(withoutMetadata(object), withoutMetadata(old))) {
      object.metadata.generation = (old.metadata.generation ?? 0) + 1;
    }
  }

  /** Everything but the status stays, metadata included. */
  prepareForStatusUpdate(object: ApiObject, old: ApiObject): void {
    const { status } = fieldsOf(object);
    const { managedFields, resourceVersion } = object.metadata;
    for (const name of Object.keys(object)) delete fieldsOf(object)[name];
    Object.assign(object, structuredClone(old));
    object.metadata.resourceVersion = resourceVersion;
    if (managedFields) object.metadata.managedFields = managedFields;
    if (status === undefined) delete fieldsOf(object).status;
    else fieldsOf(object).status = status;
  }

  validate(object: ApiObject): FieldError[] {
    const { info, schema, scale, rules } = this.source;
    const typeErrors = validateTypeMeta(object, info);
    if (typeErrors.length > 0) return typeErrors;
    const findings = [
      ...validateMeta(object.metadata, info.namespaced, dnsSubdomainErrors),
      ...validateValue(object, schema),
      ...validateScaleSpec(object, scale),
      ...validateScaleStatus(object, scale),
      ...validateEmbedded(object, schema),
      ...validateListUniqueness(object, schema),
    ];
    return [...findings, ...ruleFindings(rules(), findings, object, undefined)];
  }

  validateUpdate(object: ApiObject, old: ApiObject): FieldError[] {
    const { info, schema, scale, rules } = this.source;
    const typeErrors = validateTypeMeta(object, info);
    if (typeErrors.length > 0) return typeErrors;
    const findings = [
      ...validateMetaUpdate(object.metadata, old.metadata),
      ...validateMeta(object.metadata, info.namespaced, dnsSubdomainErrors),
      ...validateValue(object, schema, '', { value: old }),
      ...validateScaleSpec(object, scale),
      ...validateScaleStatus(object, scale),
      ...validateEmbedded(object, schema),
      ...newListErrors(object, old, schema),
    ];
    return [...findings, ...ruleFindings(rules(), findings, object, old)];
  }

  validateStatusUpdate(object: ApiObject, old: ApiObject): FieldError[] {
    const { info, schema, scale, rules } = this.source;
    const typeErrors = validateTypeMeta(object, info);
    if (typeErrors.length > 0) return typeErrors;
    const findings = [
      ...validateMetaUpdate(object.metadata, old.metadata),
      ...validateStatus(object, old, schema),
      ...validateScaleStatus(object, scale),
      ...newListErrors(object, old, schema),
    ];
    return [...findings, ...ruleFindings(rules(), findings, object, old)];
  }

  warnings(object: ApiObject, old: ApiObject | undefined): string[] {
    const { finalizers: before = [] } = old?.metadata ?? {};
    const added = (object.metadata.finalizers ?? []).filter((name) => !before.includes(name));
    return added.sort().flatMap(finalizerWarning);
  }

  gracePeriodSeconds(): number {
    return 0;
  }
}

function validateTypeMeta(object: ApiObject, info: StrategySource['info']): FieldError[] {
  const { kind, apiVersion } = object;
  const wanted = `${info.group}/${info.version}`;
  return [
    ...(kind === info.kind ? [] : [invalidValue('kind', kind, `must be ${info.kind}`)]),
    ...(apiVersion === wanted ? [] : [invalidValue('apiVersion', apiVersion, `must be ${wanted}`)]),
  ];
}

const standardFinalizers: ReadonlySet<string> = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** Other than built-in kinds they may have finalizers without a domain; the client is warned. */
function finalizerWarning(name: string): string[] {
  if (name.includes('/') || standardFinalizers.has(name)) return [];
  return [
    `metadata.finalizers: ${JSON.stringify(name)}: prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other finalizer writers`,
  ];
}

function validateStatus(object: ApiObject, old: ApiObject, schema: Schema): FieldError[] {
  const { status } = fieldsOf(object);
  const statusSchema = propertyOf(schema, 'status');
  if (status === undefined || !statusSchema) return [];
  const before: OldValue | undefined = 'status' in old ? { value: fieldsOf(old).status } : undefined;
  return validateValue(status, statusSchema, 'status', before);
}

/** Objects that broke the rules of their lists before may go on doing so. */
function newListErrors(object: ApiObject, old: ApiObject, schema: Schema): FieldError[] {
  const errors = validateListUniqueness(object, schema);
  return errors.length > 0 && validateListUniqueness(old, schema).length > 0 ? [] : errors;
}

const blocking: ReadonlySet<FieldError['type']> = new Set([
  'notSupported',
  'required',
  'tooLong',
  'tooMany',
  'typeInvalid',
]);

/** Rules are not asked about an object whose shape they could not rely on. */
function ruleFindings(
  rules: SchemaRules | undefined,
  findings: readonly FieldError[],
  object: ApiObject,
  old: ApiObject | undefined,
): FieldError[] {
  if (!rules) return [];
  if (!findings.some(({ type }) => blocking.has(type))) return rules.validate(object, old);
  const detail =
    'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';
  return [invalidValue('<nil>', null, detail)];
}

function withoutMetadata(object: ApiObject): Fields {
  const { metadata: _, ...rest } = object;
  return rest;
}

function keepField(object: ApiObject, old: ApiObject, name: string): void {
  if (name in old) fieldsOf(object)[name] = structuredClone(fieldsOf(old)[name]);
  else delete fieldsOf(object)[name];
}

function fieldsOf(object: ApiObject): Fields {
  return object as unknown as Fields;
}
