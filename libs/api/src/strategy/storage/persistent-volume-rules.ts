import { required } from '../../errors/field-error.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../generated/kinds.ts';
import type { KindRules } from '../kind-rules.ts';

export const persistentVolumeRules: KindRules<PersistentVolume> = {
  prepareForCreate: (volume) => {
    volume.status = { phase: 'Pending' };
  },
  validate: ({ spec }) => [
    ...(spec.accessModes?.length ? [] : [required('spec.accessModes')]),
    ...(Object.keys(spec.capacity ?? {}).length > 0 ? [] : [required('spec.capacity')]),
  ],
};

export const persistentVolumeClaimRules: KindRules<PersistentVolumeClaim> = {
  prepareForCreate: (claim) => {
    claim.status = { phase: 'Pending' };
  },
  validate: ({ spec }) => [
    ...(spec.accessModes?.length ? [] : [required('spec.accessModes', 'at least 1 access mode is required')]),
    ...(spec.resources?.requests?.storage ? [] : [required('spec.resources[storage]')]),
  ],
};
