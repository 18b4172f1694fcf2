import type { Job } from '../generated/kinds.ts';
import { defaultPodTemplate } from './pod-template-defaults.ts';

const backoffLimitDefault = 6;
/** With a limit per index the job as a whole has none. */
const backoffLimitPerIndexDefault = 2 ** 31 - 1;

export function defaultJob({ metadata, spec }: Job): void {
  const hadLabels = Object.keys(metadata.labels ?? {}).length > 0;
  const templateLabels = spec.template?.metadata?.labels;
  if (!hadLabels && templateLabels) metadata.labels = { ...templateLabels };
  spec.template = defaultPodTemplate(spec.template);
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? backoffLimitDefault : backoffLimitPerIndexDefault;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True';
  }
}
