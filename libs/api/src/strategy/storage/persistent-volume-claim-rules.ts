import {
  type FieldError,
  forbiddenField,
  invalidTexts,
  invalidValue,
  notSupported,
  required,
} from '../../errors/field-error.ts';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../../generated/kinds.ts';
import { semanticEqual } from '../../object/semantic-equal.ts';
import { Quantity } from '../../quantity/quantity.ts';
import { qualifiedNameErrors } from '../../selectors/label-format.ts';
import { differenceText } from '../difference-text.ts';
import type { KindRules } from '../kind-rules.ts';
import { immutableText, validateImmutable } from '../object-meta/object-meta-validation.ts';
import { validateAmount, validateBasicAmount } from '../resource-amounts/resource-amounts-validation.ts';
import { isNativeResource } from '../resource-amounts/resource-names.ts';
import { validateClaimSpec } from './claim-spec-validation.ts';
import { betaStorageClassAnnotation, warningsOfClaim } from './claim-warnings.ts';

const immutableSpecText =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
const resizeStatuses = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
];

export const persistentVolumeClaimRules: KindRules<PersistentVolumeClaim> = {
  prepareForCreate: (claim) => {
    claim.status = { phase: 'Pending' };
    dropUnknownSource(claim.spec);
    alignDataSources(claim.spec);
  },
  prepareForUpdate: ({ spec }, { spec: old }) => {
    if (!old.dataSource && !old.dataSourceRef) dropUnknownSource(spec);
    alignDataSources(spec);
  },
  validate: ({ spec }) => validateClaimSpec(spec, 'spec'),
  validateUpdate: validateClaimUpdate,
  validateStatusUpdate: validateClaimStatus,
  warnings: warningsOfClaim,
};

/** The old field never took anything but claims and snapshots; anything else is left out without a word. */
function dropUnknownSource(spec: PersistentVolumeClaimSpec): void {
  if (spec.dataSourceRef || !spec.dataSource) return;
  const { apiGroup = '', kind } = spec.dataSource;
  const known =
    (kind === 'PersistentVolumeClaim' && apiGroup === '') ||
    (kind === 'VolumeSnapshot' && apiGroup === 'snapshot.storage.k8s.io');
  if (!known) delete spec.dataSource;
}

/** A source that is given in one of the two fields is served in both. */
function alignDataSources(spec: PersistentVolumeClaimSpec): void {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource && !dataSourceRef) spec.dataSourceRef = { ...dataSource };
  else if (dataSourceRef && !dataSource && !dataSourceRef.namespace) {
    const { apiGroup, kind, name } = dataSourceRef;
    spec.dataSource = { ...(apiGroup !== undefined && { apiGroup }), kind, name };
  }
}

function validateClaimUpdate(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const findings = validateClassAnnotation(claim, old);
  const [before, after] = comparableSpecs(claim, old);
  if (!semanticEqual(after, before)) {
    findings.push(forbiddenField('spec', `${immutableSpecText}\n${differenceText(before, after)}`));
  }
  findings.push(...validateShrinking(claim, old));
  findings.push(...validateImmutable(claim.spec.volumeMode, old.spec.volumeMode, 'volumeMode'));
  const field = 'spec.volumeAttributesClassName';
  const { volumeAttributesClassName: className } = claim.spec;
  if (old.spec.volumeAttributesClassName !== undefined && className === undefined) {
    findings.push(forbiddenField(field, 'update from non-nil value to nil is forbidden'));
  } else if (old.spec.volumeAttributesClassName && className === '') {
    findings.push(forbiddenField(field, 'update from non-nil value to an empty string is forbidden'));
  }
  return findings;
}

/** Both specs without what may differ: the volume is bound once, a class is given once, a bound claim may be resized. */
function comparableSpecs(
  claim: PersistentVolumeClaim,
  old: PersistentVolumeClaim,
): [PersistentVolumeClaimSpec, PersistentVolumeClaimSpec] {
  const before = structuredClone(old.spec);
  const after = structuredClone(claim.spec);
  if (!before.volumeName && after.volumeName) before.volumeName = after.volumeName;
  const annotated = old.metadata.annotations?.[betaStorageClassAnnotation];
  const classGiven = before.storageClassName === undefined && after.storageClassName !== undefined;
  if (classGiven && (annotated === undefined || annotated === after.storageClassName)) delete after.storageClassName;
  if (claim.status?.phase === 'Bound') {
    const storage = before.resources?.requests?.storage;
    if (after.resources?.requests && storage !== undefined) after.resources.requests.storage = storage;
    if (after.volumeAttributesClassName !== undefined) {
      const className = before.volumeAttributesClassName;
      if (className === undefined) delete after.volumeAttributesClassName;
      else after.volumeAttributesClassName = className;
    }
  }
  return [before, after];
}

function validateClassAnnotation(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const before = old.metadata.annotations?.[betaStorageClassAnnotation];
  const after = claim.metadata.annotations?.[betaStorageClassAnnotation];
  const upgraded =
    before !== undefined && old.spec.storageClassName === undefined && claim.spec.storageClassName === before;
  if (upgraded && (after === undefined || after === before)) return [];
  if ((before ?? '') === (after ?? '')) return [];
  return [invalidValue(`metadata.annotations.${betaStorageClassAnnotation}`, after ?? '', immutableText)];
}

/** A resize that failed may be taken back, down to more than what is there. */
function validateShrinking(claim: PersistentVolumeClaim, old: PersistentVolumeClaim): FieldError[] {
  const amount = (text: string | undefined) => Quantity.tryParse(text ?? '') ?? Quantity.zero;
  const size = amount(claim.spec.resources?.requests?.storage);
  if (size.compare(amount(old.spec.resources?.requests?.storage)) >= 0) return [];
  if (size.compare(amount(old.status?.capacity?.storage)) > 0) return [];
  return [forbiddenField('spec.resources.requests.storage', 'field can not be less than status.capacity')];
}

function validateClaimStatus({ metadata, spec, status = {} }: PersistentVolumeClaim): FieldError[] {
  const findings = metadata.resourceVersion ? [] : [required('resourceVersion')];
  if ((spec.accessModes?.length ?? 0) === 0) findings.push(required('Spec.accessModes'));
  for (const [name, text] of Object.entries(status.capacity ?? {})) {
    findings.push(...validateBasicAmount(text, `status.capacity[${name}]`));
  }
  for (const [name, value] of Object.entries(status.allocatedResourceStatuses ?? {})) {
    const field = 'status.allocatedResourceStatus';
    findings.push(...validateResourceKey(name, field));
    if (!resizeStatuses.includes(value)) findings.push(notSupported(field, name, resizeStatuses));
  }
  for (const [name, text] of Object.entries(status.allocatedResources ?? {})) {
    const field = 'status.allocatedResources';
    const keyFindings = validateResourceKey(name, field);
    const amountFindings = validateBasicAmount(text, `${field}[${name}]`);
    findings.push(...keyFindings);
    if (keyFindings.length > 0) continue;
    findings.push(
      ...(amountFindings.length > 0 ? amountFindings : validateAmount('storage', text, `${field}[${name}]`)),
    );
  }
  return findings;
}

function validateResourceKey(name: string, field: string): FieldError[] {
  const findings = invalidTexts(field, name, qualifiedNameErrors(name));
  if (findings.length > 0 || !isNativeResource(name) || name === 'storage') return findings;
  return [notSupported(field, name, ['storage'])];
}
