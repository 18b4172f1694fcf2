import type { ObjectMeta, PodTemplateSpec } from '../../generated/kinds.ts';
import { warningsOfPodTemplate } from '../pod/pod-warnings.ts';

interface TemplateOwner {
  readonly metadata: ObjectMeta;
  readonly spec: { readonly template?: PodTemplateSpec };
}

/** What upstream warns of in the template of a controller: when it is new, and whenever its spec has changed. */
export function changedTemplateWarnings({ metadata, spec }: TemplateOwner, old: TemplateOwner | undefined): string[] {
  if (old && old.metadata.generation === metadata.generation) return [];
  return warningsOfPodTemplate(spec.template, 'spec.template');
}
