import type { PersistentVolume, PersistentVolumeSpec } from '../../generated/kinds.ts';
import { betaStorageClassAnnotation, deprecatedClassText, fractionWarnings } from './claim-warnings.ts';

const deprecatedSources: Partial<Record<keyof PersistentVolumeSpec, string>> = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
};

export function warningsOfPersistentVolume({ metadata, spec }: PersistentVolume): string[] {
  const warnings: string[] = [];
  const annotations = metadata.annotations ?? {};
  if (annotations[betaStorageClassAnnotation] !== undefined) {
    warnings.push(`metadata.annotations[${betaStorageClassAnnotation}]: ${deprecatedClassText}`);
  }
  const mountOptions = 'volume.beta.kubernetes.io/mount-options';
  if (annotations[mountOptions] !== undefined) {
    const text = 'deprecated since v1.31; use "mountOptions" attribute instead';
    warnings.push(`metadata.annotations[${mountOptions}]: ${text}`);
  }
  if (spec.persistentVolumeReclaimPolicy === 'Recycle') {
    const text =
      'The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.';
    warnings.push(`spec.persistentVolumeReclaimPolicy: ${text}`);
  }
  for (const [source, text] of Object.entries(deprecatedSources)) {
    if (spec[source as keyof PersistentVolumeSpec]) warnings.push(`spec.${source}: ${text}`);
  }
  return [...warnings, ...fractionWarnings(spec.capacity?.storage, 'spec.capacity[storage]')];
}
