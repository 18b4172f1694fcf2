import type { StatefulSet } from '../generated/kinds.ts';
import { defaultPersistentVolumeClaim } from './persistent-volume-defaults.ts';
import { defaultPodTemplate } from './pod-template-defaults.ts';

export function defaultStatefulSet({ spec }: StatefulSet): void {
  spec.template = defaultPodTemplate(spec.template);
  spec.podManagementPolicy ||= 'OrderedReady';
  spec.updateStrategy ??= {};
  spec.updateStrategy.type ||= 'RollingUpdate';
  if (spec.updateStrategy.type === 'RollingUpdate') {
    spec.updateStrategy.rollingUpdate ??= {};
    spec.updateStrategy.rollingUpdate.partition ??= 0;
  }
  const retention = spec.persistentVolumeClaimRetentionPolicy ?? {};
  retention.whenDeleted ||= 'Retain';
  retention.whenScaled ||= 'Retain';
  spec.persistentVolumeClaimRetentionPolicy = retention;
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.apiVersion ||= 'v1';
    claim.kind ||= 'PersistentVolumeClaim';
    defaultPersistentVolumeClaim(claim);
  }
}
