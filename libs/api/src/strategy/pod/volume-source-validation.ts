import { type FieldError, forbiddenField, invalidTexts, invalidValue, required } from '../../errors/field-error.ts';
import type { Volume } from '../../generated/kinds.ts';
import { Quantity } from '../../quantity/quantity.ts';
import { dnsSubdomainErrors } from '../../selectors/label-format.ts';
import { validateChoice } from '../choice-validation.ts';
import { validateClaimTemplate } from '../storage/claim-template-validation.ts';
import {
  type SourceValidators,
  validateCsiDriverName,
  validateSources,
  validateTargetPortal,
  volumeSourceValidators,
} from '../storage/volume-source-validators.ts';
import {
  validateDownwardApiVolume,
  validateProjectedVolume,
  validateSecretOrConfigMap,
} from './projected-volume-validation.ts';

const pullPolicies = ['Always', 'IfNotPresent', 'Never'];

/** What a volume of a pod is made of: exactly one source, in upstream's order of looking. */
export function validateVolumeSource(volume: Volume, podName: string, path: string): FieldError[] {
  const findings = validateSources(volume, podVolumeSources, path);
  const { iscsi, ephemeral, image, name = '' } = volume;
  if (iscsi) findings.push(...validateTargetPortal(iscsi, name, `${path}.name`, name));
  if (ephemeral && podName !== '' && name !== '') {
    const claimName = `${podName}-${name}`;
    for (const text of dnsSubdomainErrors(claimName)) {
      findings.push(invalidValue(`${path}.name`, name, `PVC name ${JSON.stringify(claimName)}: ${text}`));
    }
  }
  // A template may leave the image to whoever makes pods of it.
  if (image && podName !== '' && !image.reference) findings.push(required(`${path}.image.reference`));
  return findings;
}

const podVolumeSources: SourceValidators<Volume> = {
  emptyDir: validateEmptyDir,
  hostPath: volumeSourceValidators.hostPath,
  gitRepo: volumeSourceValidators.gitRepo,
  gcePersistentDisk: volumeSourceValidators.gcePersistentDisk,
  awsElasticBlockStore: volumeSourceValidators.awsElasticBlockStore,
  secret: (source, path) => validateSecretOrConfigMap(source, 'secretName', source.secretName, path),
  nfs: volumeSourceValidators.nfs,
  iscsi: volumeSourceValidators.iscsi,
  glusterfs: volumeSourceValidators.glusterfs,
  flocker: volumeSourceValidators.flocker,
  persistentVolumeClaim: ({ claimName }, path) => (claimName ? [] : [required(`${path}.claimName`)]),
  rbd: volumeSourceValidators.rbd,
  cinder: volumeSourceValidators.cinder,
  cephfs: volumeSourceValidators.cephfs,
  quobyte: volumeSourceValidators.quobyte,
  downwardAPI: validateDownwardApiVolume,
  fc: volumeSourceValidators.fc,
  flexVolume: volumeSourceValidators.flexVolume,
  configMap: (source, path) => validateSecretOrConfigMap(source, 'name', source.name, path),
  azureFile: volumeSourceValidators.azureFile,
  vsphereVolume: volumeSourceValidators.vsphereVolume,
  photonPersistentDisk: volumeSourceValidators.photonPersistentDisk,
  portworxVolume: volumeSourceValidators.portworxVolume,
  azureDisk: volumeSourceValidators.azureDisk,
  storageos: volumeSourceValidators.storageos,
  projected: validateProjectedVolume,
  scaleIO: volumeSourceValidators.scaleIO,
  csi: validateCsi,
  ephemeral: validateEphemeral,
  image: ({ pullPolicy }, path) => validateChoice(pullPolicy, pullPolicies, `${path}.pullPolicy`),
};

function validateEmptyDir({ sizeLimit }: NonNullable<Volume['emptyDir']>, path: string): FieldError[] {
  const isNegative = (Quantity.tryParse(sizeLimit ?? '')?.sign() ?? 0) < 0;
  return isNegative ? [forbiddenField(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')] : [];
}

function validateCsi({ driver, nodePublishSecretRef }: NonNullable<Volume['csi']>, path: string): FieldError[] {
  const findings = validateCsiDriverName(driver, `${path}.driver`);
  if (!nodePublishSecretRef) return findings;
  const { name } = nodePublishSecretRef;
  if (!name) return [...findings, required(`${path}.nodePublishSecretRef.name`)];
  return [...findings, ...invalidTexts(`${path}.name`, name, dnsSubdomainErrors(name))];
}

function validateEphemeral({ volumeClaimTemplate }: NonNullable<Volume['ephemeral']>, path: string): FieldError[] {
  const field = `${path}.volumeClaimTemplate`;
  return volumeClaimTemplate ? validateClaimTemplate(volumeClaimTemplate, field) : [required(field)];
}
