import type { FieldError } from '../errors/field-error.ts';
import { deepEqual } from '../object/deep-equal.ts';
import type { GroupVersion, ResourceInfo } from '../resource/resource-table.ts';
import type { ApiObject } from '../resource/resource-type.ts';
import { type FieldType, TypeSchemas } from '../schema/type-schemas.ts';
import { zeroValue } from '../schema/zero-value.ts';
import { dnsSubdomainErrors } from '../selectors/label-format.ts';
import type { KindRules } from './kind-rules.ts';
import { prepareMetaForCreate, prepareMetaForUpdate } from './object-meta/object-meta-preparation.ts';
import { validateMeta, validateMetaUpdate, validateStandardFinalizer } from './object-meta/object-meta-validation.ts';
import type { Strategy, StrategyContext } from './strategy.ts';

type SpecAndStatus = ApiObject & { spec?: unknown; status?: unknown };

/** Metadata, status and generation of every kind, with the kind's own rules put in. */
export class GenericStrategy implements Strategy {
  readonly allowsUnconditionalUpdate: boolean;
  readonly allowsCreateOnUpdate: boolean;
  private readonly hasStatus: boolean;

  constructor(
    private readonly info: ResourceInfo,
    private readonly rules: KindRules,
  ) {
    this.allowsUnconditionalUpdate = rules.allowsUnconditionalUpdate ?? true;
    this.allowsCreateOnUpdate = rules.allowsCreateOnUpdate ?? false;
    this.hasStatus = info.subresources.some(({ name }) => name === 'status');
  }

  prepareForCreate(object: SpecAndStatus, context: StrategyContext): void {
    prepareMetaForCreate(object, this.info, context);
    if (this.hasStatus && !this.rules.keepsStatusOnCreate) object.status = emptyStatus(this.info.typeName);
    if (this.rules.countsGenerations) object.metadata.generation = 1;
    this.rules.prepareForCreate?.(object, context);
  }

  prepareForUpdate(object: SpecAndStatus, old: SpecAndStatus, context: StrategyContext): void {
    prepareMetaForUpdate(object, old);
    if (this.hasStatus) object.status = old.status ?? {};
    this.rules.prepareForUpdate?.(object, old, context);
    if (this.rules.countsGenerations && !deepEqual(desiredState(object), desiredState(old))) {
      object.metadata.generation = (old.metadata.generation ?? 0) + 1;
    }
  }

  prepareForStatusUpdate(object: SpecAndStatus, old: SpecAndStatus, context: StrategyContext): void {
    prepareMetaForUpdate(object, old);
    const fields = object as unknown as Record<string, unknown>;
    for (const name of Object.keys(fields)) {
      if (!keptByStatusUpdate.has(name) && !(name in old)) delete fields[name];
    }
    for (const [name, value] of Object.entries(old)) if (!keptByStatusUpdate.has(name)) fields[name] = value;
    if (this.hasStatus) object.status ??= emptyStatus(this.info.typeName);
    this.rules.prepareForStatusUpdate?.(object, old, context);
  }

  prepareForSubresourceUpdate(
    subresource: string,
    object: SpecAndStatus,
    old: SpecAndStatus,
    context: StrategyContext,
  ): void {
    const rules = this.rules.subresources?.[subresource];
    if (!rules) return;
    prepareMetaForUpdate(object, old);
    if (this.hasStatus && !rules.writesStatus) object.status = old.status ?? {};
    rules.prepare(object, old, context);
    if (rules.countsGenerations && !deepEqual(desiredState(object), desiredState(old))) {
      object.metadata.generation = (old.metadata.generation ?? 0) + 1;
    }
  }

  validate(object: ApiObject, requested?: GroupVersion): FieldError[] {
    return this.findings(object, undefined, requested);
  }

  validateUpdate(object: ApiObject, old: ApiObject, requested?: GroupVersion): FieldError[] {
    const findings = [
      ...validateMetaUpdate(object.metadata, old.metadata),
      ...this.findings(object, old, requested),
      ...(this.rules.validateUpdate?.(object, old, requested) ?? []),
    ];
    return withoutRepeats(findings);
  }

  validateStatusUpdate(object: ApiObject, old: ApiObject): FieldError[] {
    return withoutRepeats([
      ...validateMetaUpdate(object.metadata, old.metadata),
      ...this.validateOwnMeta(object),
      ...(this.rules.validateStatusUpdate?.(object, old) ?? []),
    ]);
  }

  validateSubresourceUpdate(subresource: string, object: ApiObject, old: ApiObject): FieldError[] {
    return withoutRepeats([
      ...validateMetaUpdate(object.metadata, old.metadata),
      ...this.findings(object, old),
      ...(this.rules.subresources?.[subresource]?.validate(object, old) ?? []),
    ]);
  }

  warnings(object: ApiObject, old: ApiObject | undefined): string[] {
    return this.rules.warnings?.(object, old) ?? [];
  }

  prepareForDelete(object: ApiObject, context: StrategyContext): void {
    this.rules.prepareForDelete?.(object, context);
  }

  gracePeriodSeconds(object: ApiObject, options: { readonly gracePeriodSeconds?: number }): number {
    return this.rules.gracePeriodSeconds?.(object, options.gracePeriodSeconds) ?? 0;
  }

  private findings(object: ApiObject, old: ApiObject | undefined, requested?: GroupVersion): FieldError[] {
    return [
      ...this.validateOwnMeta(object),
      ...this.validateRequired(object),
      ...(this.rules.validate?.(object, old, requested) ?? []),
    ];
  }

  private validateOwnMeta(object: ApiObject): FieldError[] {
    const nameErrors = (name: string) => this.rules.nameErrors?.(name) ?? dnsSubdomainErrors(name);
    const { metadata } = object;
    const findings = validateMeta(metadata, this.info.namespaced, nameErrors);
    if (this.rules.allowsBareFinalizers) return findings;
    const { finalizers = [] } = metadata;
    return [
      ...findings,
      ...finalizers.flatMap((name, i) => validateStandardFinalizer(name, `metadata.finalizers[${i}]`)),
    ];
  }

  /** Kinds without rules of their own still get their top-level required fields checked. */
  private validateRequired(object: ApiObject): FieldError[] {
    if (this.rules.validate || this.info.typeName === '') return [];
    return missingFields(this.info.typeName, object);
  }
}

/** The status of an object about which nobody has said anything yet: what upstream always writes is there. */
function emptyStatus(typeName: string): unknown {
  const type = typeName === '' ? undefined : TypeSchemas.builtIn().get(typeName).fields.get('status')?.type;
  return type === undefined ? {} : zeroValue(type);
}

/** What generations count: the spec, or in kinds without one all fields of their own. */
function desiredState({
  kind: _kind,
  apiVersion: _version,
  metadata: _metadata,
  status: _status,
  ...rest
}: SpecAndStatus) {
  return rest;
}

/** Checked or filled in before validation. */
const setElsewhere: ReadonlySet<string> = new Set(['metadata', 'kind', 'apiVersion', 'status']);

const keptByStatusUpdate: ReadonlySet<string> = new Set(['metadata', 'status', 'kind', 'apiVersion']);

function withoutRepeats(findings: readonly FieldError[]): FieldError[] {
  const kept: FieldError[] = [];
  for (const finding of findings) if (!kept.some((other) => deepEqual(other, finding))) kept.push(finding);
  return kept;
}

/** Required fields of the kind and of its spec that are absent or, for texts, empty. */
function missingFields(typeName: string, object: ApiObject): FieldError[] {
  const schemas = TypeSchemas.builtIn();
  const findings: FieldError[] = [];
  const visit = (name: string, value: Readonly<Record<string, unknown>>, path: string) => {
    for (const field of schemas.get(name).fields.values()) {
      const fieldPath = path === '' ? field.name : `${path}.${field.name}`;
      const fieldValue = value[field.name];
      if (path === '' && setElsewhere.has(field.name)) continue;
      if (field.required && isMissing(field.type, fieldValue)) {
        findings.push({ type: 'required', field: fieldPath, detail: '' });
      }
      const isSpec = path === '' && field.name === 'spec' && field.type.kind === 'object';
      if (isSpec && typeof fieldValue === 'object' && fieldValue !== null && field.type.kind === 'object') {
        visit(field.type.typeName, fieldValue as Readonly<Record<string, unknown>>, fieldPath);
      }
    }
  };
  visit(typeName, object as unknown as Readonly<Record<string, unknown>>, '');
  return findings;
}

/** An absent list, map, number or boolean is Go's zero value, which may be meant. */
function isMissing(type: FieldType, value: unknown): boolean {
  switch (type.kind) {
    case 'object':
    case 'time':
      return value === undefined;
    case 'scalar':
      return (type.scalar === 'string' || type.scalar === 'bytes') && (value === undefined || value === '');
    default:
      return false;
  }
}
