import {
  type FieldError,
  forbiddenField,
  invalidTexts,
  invalidValue,
  required,
  tooLong,
} from '../../errors/field-error.ts';
import type { ObjectMeta, OwnerReference } from '../../generated/kinds.ts';
import { deepEqual } from '../../object/deep-equal.ts';
import { dnsLabelErrors, labelValueErrors, qualifiedNameErrors } from '../../selectors/label-format.ts';

/** Upstream's limit for all keys and values of an object's annotations together. */
const annotationsSizeMaxBytes = 256 * 1024;

const standardFinalizers: ReadonlySet<string> = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** Detail of a change to a field that never changes. */
export const immutableText = 'field is immutable';

type NameErrors = (name: string) => string[];

/** The metadata of an object of its own. `path` for metadata inside another object. */
export function validateMeta(
  metadata: ObjectMeta,
  namespaced: boolean,
  nameErrors: NameErrors,
  path = 'metadata',
): FieldError[] {
  return [
    ...validateName(metadata, nameErrors, path),
    ...validateNamespace(metadata, namespaced, path),
    ...validateNonNegative(metadata.generation ?? 0, `${path}.generation`),
    ...validateLabels(metadata.labels, `${path}.labels`),
    ...validateAnnotations(metadata.annotations, `${path}.annotations`),
    ...validateOwnerReferences(metadata.ownerReferences ?? [], `${path}.ownerReferences`),
    ...validateFinalizers(metadata.finalizers ?? [], `${path}.finalizers`),
  ];
}

/** What an update must leave as it was. */
export function validateMetaUpdate(metadata: ObjectMeta, old: ObjectMeta): FieldError[] {
  const findings: FieldError[] = [];
  const unchanged = (field: 'name' | 'namespace' | 'uid' | 'creationTimestamp' | 'deletionTimestamp') => {
    if ((metadata[field] ?? '') !== (old[field] ?? '')) {
      findings.push(invalidValue(`metadata.${field}`, metadata[field] ?? '', immutableText));
    }
  };
  if (old.deletionTimestamp) findings.push(...validateNewFinalizers(metadata.finalizers, old.finalizers));
  unchanged('name');
  unchanged('namespace');
  unchanged('uid');
  unchanged('creationTimestamp');
  unchanged('deletionTimestamp');
  findings.push(
    ...validateImmutable(
      metadata.deletionGracePeriodSeconds,
      old.deletionGracePeriodSeconds,
      'metadata.deletionGracePeriodSeconds',
    ),
  );
  return findings;
}

export function validateNonNegative(value: number, field: string): FieldError[] {
  return value < 0 ? [invalidValue(field, value, 'must be greater than or equal to 0')] : [];
}

/** `Invalid value: …: field is immutable` where the value changed. */
export function validateImmutable(value: unknown, old: unknown, field: string): FieldError[] {
  return deepEqual(value, old) ? [] : [invalidValue(field, value ?? null, immutableText)];
}

export function validateLabels(labels: Readonly<Record<string, string>> | undefined, path: string): FieldError[] {
  return Object.entries(labels ?? {}).flatMap(([key, value]) => [
    ...qualifiedNameErrors(key).map((text) => invalidValue(path, key, text)),
    ...labelValueErrors(value).map((text) => invalidValue(path, value, text)),
  ]);
}

export function validateAnnotations(
  annotations: Readonly<Record<string, string>> | undefined,
  path: string,
): FieldError[] {
  const findings: FieldError[] = [];
  let sizeBytes = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    findings.push(...qualifiedNameErrors(key.toLowerCase()).map((text) => invalidValue(path, key, text)));
    sizeBytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (sizeBytes > annotationsSizeMaxBytes) findings.push(tooLong(path, annotationsSizeMaxBytes));
  return findings;
}

function validateName(metadata: ObjectMeta, nameErrors: NameErrors, path: string): FieldError[] {
  const findings: FieldError[] = [];
  if (metadata.generateName) {
    const texts = nameErrors(maskTrailingDash(metadata.generateName));
    findings.push(...texts.map((text) => invalidValue(`${path}.generateName`, metadata.generateName, text)));
  }
  if (!metadata.name) findings.push(required(`${path}.name`, 'name or generateName is required'));
  else findings.push(...nameErrors(metadata.name).map((text) => invalidValue(`${path}.name`, metadata.name, text)));
  return findings;
}

/** A base for generated names may end in a dash: something follows. */
function maskTrailingDash(base: string): string {
  return base.length > 1 && base.endsWith('-') ? `${base.slice(0, -1)}a` : base;
}

function validateNamespace(metadata: ObjectMeta, namespaced: boolean, path: string): FieldError[] {
  const field = `${path}.namespace`;
  if (!namespaced) return metadata.namespace ? [forbiddenField(field, 'not allowed on this type')] : [];
  if (!metadata.namespace) return [required(field)];
  return dnsLabelErrors(metadata.namespace).map((text) => invalidValue(field, metadata.namespace, text));
}

function validateOwnerReferences(owners: readonly OwnerReference[], path: string): FieldError[] {
  const findings = owners.flatMap((owner) => validateOwnerReference(owner, path));
  const controllers = owners.filter((owner) => owner.controller === true);
  if (controllers.length > 1) {
    const [first, second] = controllers;
    findings.push(
      invalidValue(
        path,
        owners,
        `Only one reference can have Controller set to true. Found "true" in references for ${first?.kind}/${first?.name} and ${second?.kind}/${second?.name}`,
      ),
    );
  }
  return findings;
}

function validateOwnerReference(owner: OwnerReference, path: string): FieldError[] {
  const findings: FieldError[] = [];
  if (!owner.apiVersion || owner.apiVersion.endsWith('/')) {
    findings.push(invalidValue(`${path}.apiVersion`, owner.apiVersion ?? '', 'version must not be empty'));
  }
  for (const field of ['kind', 'name', 'uid'] as const) {
    if (!owner[field]) findings.push(invalidValue(`${path}.${field}`, owner[field] ?? '', 'must not be empty'));
  }
  if (owner.apiVersion === 'v1' && owner.kind === 'Event') {
    findings.push(invalidValue(path, owner, '/v1, Kind=Event is disallowed from being an owner'));
  }
  return findings;
}

function validateFinalizers(finalizers: readonly string[], path: string): FieldError[] {
  const findings = finalizers.flatMap((name) => invalidTexts(path, name, qualifiedNameErrors(name)));
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion')) {
    findings.push(invalidValue(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'));
  }
  return findings;
}

/** A finalizer of Kubernetes' own, or one with a prefix that says whose it is. */
export function validateStandardFinalizer(name: string, field: string): FieldError[] {
  if (name.includes('/') || standardFinalizers.has(name)) return [];
  return [invalidValue(field, name, 'name is neither a standard finalizer name nor is it fully qualified')];
}

function validateNewFinalizers(finalizers: readonly string[] = [], old: readonly string[] = []): FieldError[] {
  const added = finalizers.filter((name) => !old.includes(name)).sort();
  if (added.length === 0) return [];
  const names = added.map((name) => JSON.stringify(name)).join(', ');
  return [
    forbiddenField(
      'metadata.finalizers',
      `no new finalizers can be added if the object is being deleted, found new finalizers []string{${names}}`,
    ),
  ];
}
