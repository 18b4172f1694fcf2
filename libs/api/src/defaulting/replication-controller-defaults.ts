import type { ReplicationController } from '../generated/kinds.ts';
import { defaultPodTemplate } from './pod-template-defaults.ts';

export function defaultReplicationController({ metadata, spec }: ReplicationController): void {
  const labels = spec.template?.metadata?.labels;
  if (labels) {
    if (isEmpty(spec.selector)) spec.selector = { ...labels };
    if (isEmpty(metadata.labels)) metadata.labels = { ...labels };
  }
  if (spec.template) spec.template = defaultPodTemplate(spec.template);
  spec.replicas ??= 1;
}

function isEmpty(labels: Record<string, string> | undefined): boolean {
  return Object.keys(labels ?? {}).length === 0;
}
