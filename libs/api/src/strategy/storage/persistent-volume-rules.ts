import {
  type FieldError,
  forbiddenField,
  invalidTexts,
  invalidValue,
  notSupported,
  required,
} from '../../errors/field-error.ts';
import type { PersistentVolume, PersistentVolumeSpec } from '../../generated/kinds.ts';
import { semanticEqual } from '../../object/semantic-equal.ts';
import { dnsLabelErrors, dnsSubdomainErrors } from '../../selectors/label-format.ts';
import { validateGivenChoice } from '../choice-validation.ts';
import { differenceText } from '../difference-text.ts';
import type { KindRules } from '../kind-rules.ts';
import { immutableText, validateImmutable } from '../object-meta/object-meta-validation.ts';
import { validateNodeSelector } from '../pod/node-selector-validation.ts';
import { validateNoBacksteps } from '../pod/path-validation.ts';
import { validateBasicAmount, validatePositiveAmount } from '../resource-amounts/resource-amounts-validation.ts';
import { validateAccessModes, validateClassName, volumeModes } from './claim-spec-validation.ts';
import { warningsOfPersistentVolume } from './persistent-volume-warnings.ts';
import {
  type SourceValidators,
  validateCsiDriverName,
  validateIscsi,
  validateSources,
  validateStorageOs,
  validateTargetPortal,
  volumeSourceValidators,
} from './volume-source-validators.ts';

const reclaimPolicies = ['Delete', 'Recycle', 'Retain'];

type Csi = NonNullable<PersistentVolumeSpec['csi']>;
type SecretReference = { name?: string; namespace?: string };

export const persistentVolumeRules: KindRules<PersistentVolume> = {
  prepareForCreate: (volume, { now }) => {
    volume.status = { phase: 'Pending', lastPhaseTransitionTime: now };
  },
  prepareForStatusUpdate: ({ status }, { status: old }, { now }) => {
    const isDated = status.lastPhaseTransitionTime !== undefined;
    const isNewDate = isDated && status.lastPhaseTransitionTime !== old.lastPhaseTransitionTime;
    if (status.phase !== old.phase && !isNewDate) status.lastPhaseTransitionTime = now;
  },
  validate: ({ metadata, spec }) => validateVolumeSpec(spec, metadata.name),
  validateUpdate: validateVolumeUpdate,
  validateStatusUpdate: ({ metadata }) => (metadata.resourceVersion ? [] : [required('resourceVersion')]),
  warnings: warningsOfPersistentVolume,
};

function validateVolumeSpec(spec: PersistentVolumeSpec, name: string): FieldError[] {
  const { accessModes = [], capacity = {}, persistentVolumeReclaimPolicy: reclaim, nodeAffinity } = spec;
  const findings = [
    ...(accessModes.length > 0 ? [] : [required('spec.accessModes')]),
    ...validateAccessModes(accessModes, 'spec.accessModes'),
    ...validateCapacity(capacity),
    ...(reclaim ? validateGivenChoice(reclaim, reclaimPolicies, 'spec.persistentVolumeReclaimPolicy') : []),
    ...validateVolumeAffinity(nodeAffinity),
    ...validateSources(spec, persistentVolumeSources, 'spec'),
  ];
  const { iscsi, local, hostPath } = spec;
  if (iscsi) findings.push(...validateTargetPortal(iscsi, name, 'spec.iscsi.targetportal', iscsi.targetPortal));
  if (local && !nodeAffinity) findings.push(required('spec.nodeAffinity', 'Local volume requires node affinity'));
  if (hostPath && /^\/+$/.test(hostPath.path) && reclaim === 'Recycle') {
    const text = "may not be 'recycle' for a hostPath mount of '/'";
    findings.push(forbiddenField('spec.persistentVolumeReclaimPolicy', text));
  }
  return [
    ...findings,
    ...validateClassName(spec.storageClassName, 'spec.storageClassName'),
    ...validateGivenChoice(spec.volumeMode, volumeModes, 'spec.volumeMode'),
    ...validateAttributesClass(spec),
  ];
}

function validateCapacity(capacity: Readonly<Record<string, string>>): FieldError[] {
  const names = Object.keys(capacity);
  const findings = names.length > 0 ? [] : [required('spec.capacity')];
  if (names.length !== 1 || names[0] !== 'storage') findings.push(notSupported('spec.capacity', capacity, ['storage']));
  for (const [name, text] of Object.entries(capacity)) {
    findings.push(...validateBasicAmount(text, `spec.capacity[${name}]`));
    findings.push(...validatePositiveAmount(text, `spec.capacity[${name}]`));
  }
  return findings;
}

function validateVolumeAffinity(affinity: PersistentVolumeSpec['nodeAffinity']): FieldError[] {
  if (!affinity) return [];
  const field = 'spec.nodeAffinity.required';
  if (!affinity.required) return [required(field, 'must specify required node constraints')];
  return validateNodeSelector(affinity.required, field);
}

function validateAttributesClass({ volumeAttributesClassName: name, csi }: PersistentVolumeSpec): FieldError[] {
  if (name === undefined) return [];
  const field = 'spec.volumeAttributesClassName';
  const findings = name === '' ? [required(field, 'an empty string is disallowed')] : validateClassName(name, field);
  return csi
    ? findings
    : [...findings, required('spec.csi', 'has to be specified when using volumeAttributesClassName')];
}

const persistentVolumeSources: SourceValidators<PersistentVolumeSpec> = {
  hostPath: volumeSourceValidators.hostPath,
  gcePersistentDisk: volumeSourceValidators.gcePersistentDisk,
  awsElasticBlockStore: volumeSourceValidators.awsElasticBlockStore,
  glusterfs: validateGlusterfs,
  flocker: volumeSourceValidators.flocker,
  nfs: volumeSourceValidators.nfs,
  rbd: volumeSourceValidators.rbd,
  quobyte: volumeSourceValidators.quobyte,
  cephfs: volumeSourceValidators.cephfs,
  iscsi: (source, path) => [
    ...validateIscsi(source, 'must be valid format', path),
    ...(source.secretRef && !source.secretRef.name ? [required(`${path}.secretRef.name`)] : []),
  ],
  cinder: (source, path) => [
    ...(source.volumeID ? [] : [required(`${path}.volumeID`)]),
    ...validateGivenSecret(source.secretRef, `${path}.secretRef`),
  ],
  fc: volumeSourceValidators.fc,
  flexVolume: volumeSourceValidators.flexVolume,
  azureFile: (source, path) => [
    ...volumeSourceValidators.azureFile(source, path),
    ...(source.secretNamespace === '' ? [required(`${path}.secretNamespace`)] : []),
  ],
  vsphereVolume: volumeSourceValidators.vsphereVolume,
  photonPersistentDisk: volumeSourceValidators.photonPersistentDisk,
  portworxVolume: volumeSourceValidators.portworxVolume,
  azureDisk: volumeSourceValidators.azureDisk,
  scaleIO: volumeSourceValidators.scaleIO,
  local: (source, path) =>
    source.path ? validateNoBacksteps(source.path, `${path}.path`) : [required(`${path}.path`)],
  storageos: (source, path) => [
    ...validateStorageOs(source, path),
    ...validateGivenSecret(source.secretRef, `${path}.secretRef`),
  ],
  csi: validateCsi,
};

function validateGlusterfs(source: NonNullable<PersistentVolumeSpec['glusterfs']>, path: string): FieldError[] {
  const findings = volumeSourceValidators.glusterfs(source, path);
  const { endpointsNamespace: namespace } = source;
  const field = `${path}.endpointsNamespace`;
  if (namespace === '') {
    const text = 'if the endpointnamespace is set, it must be a valid namespace name';
    return [...findings, invalidValue(field, namespace, text)];
  }
  return namespace ? [...findings, ...invalidTexts(field, namespace, dnsLabelErrors(namespace))] : findings;
}

function validateGivenSecret(secret: SecretReference | undefined, path: string): FieldError[] {
  if (!secret) return [];
  return (['name', 'namespace'] as const)
    .filter((field) => !secret[field])
    .map((field) => required(`${path}.${field}`));
}

function validateCsi(source: Csi, path: string): FieldError[] {
  const secrets = [
    'controllerPublishSecretRef',
    'controllerExpandSecretRef',
    'nodePublishSecretRef',
    'nodeExpandSecretRef',
  ] as const;
  return [
    ...validateCsiDriverName(source.driver, `${path}.driver`),
    ...(source.volumeHandle ? [] : [required(`${path}.volumeHandle`)]),
    ...secrets.flatMap((field) => {
      const secret = source[field];
      if (!secret) return [];
      const { name = '', namespace = '' } = secret;
      return [
        ...validateGivenSecret(secret, `${path}.${field}`),
        ...(name ? invalidTexts(`${path}.${field}.name`, name, dnsSubdomainErrors(name)) : []),
        ...(namespace ? invalidTexts(`${path}.${field}.namespace`, namespace, dnsLabelErrors(namespace)) : []),
      ];
    }),
  ];
}

function validateVolumeUpdate({ spec }: PersistentVolume, { spec: old }: PersistentVolume): FieldError[] {
  const before = sourceOf(old);
  const after = sourceOf(spec);
  const secretAdded = old.csi && !old.csi.controllerExpandSecretRef && after.csi;
  if (secretAdded && after.csi) delete after.csi.controllerExpandSecretRef;
  const findings: FieldError[] = [];
  if (!semanticEqual(after, before)) {
    const text = 'spec.persistentvolumesource is immutable after creation';
    findings.push(forbiddenField('spec.persistentvolumesource', `${text}\n${differenceText(before, after)}`));
  }
  findings.push(...validateImmutable(spec.volumeMode, old.volumeMode, 'volumeMode'));
  if (old.nodeAffinity && !semanticEqual(withGaKeys(old.nodeAffinity, spec.nodeAffinity), spec.nodeAffinity)) {
    const text = `${immutableText}, except for updating from beta label to GA`;
    findings.push(invalidValue('nodeAffinity', spec.nodeAffinity ?? null, text));
  }
  if (old.volumeAttributesClassName !== undefined && spec.volumeAttributesClassName === undefined) {
    findings.push(forbiddenField('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden'));
  }
  return findings;
}

function sourceOf(spec: PersistentVolumeSpec): Partial<PersistentVolumeSpec> {
  return structuredClone(
    Object.fromEntries(Object.entries(spec).filter(([name]) => name in persistentVolumeSources)),
  ) as Partial<PersistentVolumeSpec>;
}

const gaLabels: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
};

type NodeAffinity = NonNullable<PersistentVolumeSpec['nodeAffinity']>;

/** The old affinity with each label renamed that the new one renames as it may. */
function withGaKeys(old: NodeAffinity, now: PersistentVolumeSpec['nodeAffinity']): NodeAffinity {
  const renamed = structuredClone(old);
  for (const [i, term] of (renamed.required?.nodeSelectorTerms ?? []).entries()) {
    for (const [j, requirement] of (term.matchExpressions ?? []).entries()) {
      const key = now?.required?.nodeSelectorTerms?.[i]?.matchExpressions?.[j]?.key;
      if (key !== undefined && gaLabels[requirement.key] === key) requirement.key = key;
    }
  }
  return renamed;
}
