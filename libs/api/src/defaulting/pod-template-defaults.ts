import type { PodTemplateSpec } from '../generated/kinds.ts';
import { defaultPodSpec } from './pod-spec-defaults.ts';

/** The template with its defaults; a missing one becomes an empty one, which validation then refuses field by field. */
export function defaultPodTemplate(template: PodTemplateSpec | undefined): PodTemplateSpec {
  const whole = (template ?? {}) as Partial<PodTemplateSpec>;
  whole.metadata ??= {} as NonNullable<PodTemplateSpec['metadata']>;
  whole.spec ??= {} as NonNullable<PodTemplateSpec['spec']>;
  defaultPodSpec(whole.spec);
  return whole as PodTemplateSpec;
}
