import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../generated/kinds.ts';
import { defaultNetworkDisks } from './network-disk-defaults.ts';

export function defaultPersistentVolume({ spec, status }: PersistentVolume): void {
  status.phase ||= 'Pending';
  spec.persistentVolumeReclaimPolicy ||= 'Retain';
  spec.volumeMode ??= 'Filesystem';
  if (spec.hostPath) spec.hostPath.type ??= '';
  defaultNetworkDisks(spec);
}

export function defaultPersistentVolumeClaim(claim: PersistentVolumeClaim): void {
  claim.status ??= {};
  claim.status.phase ||= 'Pending';
  claim.spec ??= {};
  defaultPersistentVolumeClaimSpec(claim.spec);
}

export function defaultPersistentVolumeClaimSpec(spec: PersistentVolumeClaimSpec): void {
  spec.volumeMode ??= 'Filesystem';
}
