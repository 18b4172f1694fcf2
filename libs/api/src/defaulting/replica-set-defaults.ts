import type { ReplicaSet } from '../generated/kinds.ts';
import { defaultPodTemplate } from './pod-template-defaults.ts';

export function defaultReplicaSet({ spec }: ReplicaSet): void {
  spec.template = defaultPodTemplate(spec.template);
  spec.replicas ??= 1;
}
