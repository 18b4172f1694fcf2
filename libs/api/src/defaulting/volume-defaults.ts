import type { DownwardAPIVolumeFile, Volume } from '../generated/kinds.ts';
import { pullPolicyOf } from './container-defaults.ts';
import { defaultNetworkDisks } from './network-disk-defaults.ts';
import { defaultPersistentVolumeClaimSpec } from './persistent-volume-defaults.ts';

/** Mode of files that a volume projects: 0644. */
const fileModeDefault = 0o644;
const tokenExpirationSecondsDefault = 3600;

export function defaultVolume(volume: Volume): void {
  if (!hasSource(volume)) volume.emptyDir = {};
  if (volume.secret) volume.secret.defaultMode ??= fileModeDefault;
  if (volume.configMap) volume.configMap.defaultMode ??= fileModeDefault;
  if (volume.hostPath) volume.hostPath.type ??= '';
  if (volume.downwardAPI) {
    volume.downwardAPI.defaultMode ??= fileModeDefault;
    defaultFieldRefs(volume.downwardAPI.items);
  }
  if (volume.image) volume.image.pullPolicy ||= pullPolicyOf(volume.image.reference ?? '');
  const claim = volume.ephemeral?.volumeClaimTemplate;
  if (claim) defaultPersistentVolumeClaimSpec(claim.spec);
  defaultProjected(volume);
  defaultNetworkDisks(volume);
}

function hasSource(volume: Volume): boolean {
  return Object.entries(volume).some(([field, value]) => field !== 'name' && value !== undefined);
}

function defaultProjected({ projected }: Volume): void {
  if (!projected) return;
  projected.defaultMode ??= fileModeDefault;
  for (const { serviceAccountToken, downwardAPI } of projected.sources ?? []) {
    if (serviceAccountToken) serviceAccountToken.expirationSeconds ??= tokenExpirationSecondsDefault;
    defaultFieldRefs(downwardAPI?.items);
  }
}

function defaultFieldRefs(files: readonly DownwardAPIVolumeFile[] = []): void {
  for (const { fieldRef } of files) if (fieldRef) fieldRef.apiVersion ||= 'v1';
}
