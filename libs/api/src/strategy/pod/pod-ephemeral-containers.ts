import { type FieldError, forbiddenField } from '../../errors/field-error.ts';
import type { Pod } from '../../generated/kinds.ts';
import { semanticEqual } from '../../object/semantic-equal.ts';
import { differenceText } from '../difference-text.ts';
import type { SubresourceRules } from '../kind-rules.ts';
import { mirrorAnnotation } from './pod-annotations-validation.ts';

/** `pods/ephemeralcontainers`: containers to look inside a running pod. Once there, they stay as they are. */
export const podEphemeralContainersRules: SubresourceRules<Pod> = {
  countsGenerations: true,
  prepare: (pod, old) => {
    const { ephemeralContainers } = pod.spec;
    const { ephemeralContainers: _, ...spec } = old.spec;
    pod.spec = { ...spec, ...(ephemeralContainers && { ephemeralContainers }) };
  },
  validate: (pod, old) => {
    if (old.metadata.annotations?.[mirrorAnnotation] !== undefined) {
      return [forbiddenField('', 'static pods do not support ephemeral containers')];
    }
    return validateKept(pod, old);
  },
};

function validateKept({ spec }: Pod, { spec: old }: Pod): FieldError[] {
  const field = 'spec.ephemeralContainers';
  return (old.ephemeralContainers ?? []).flatMap((before) => {
    const now = spec.ephemeralContainers?.find(({ name }) => name === before.name);
    const subject = `existing ephemeral containers ${JSON.stringify(before.name)}`;
    if (!now) return [forbiddenField(field, `${subject} may not be removed\n`)];
    if (semanticEqual(now, before)) return [];
    return [forbiddenField(field, `${subject} may not be changed\n${differenceText(before, now)}`)];
  });
}
