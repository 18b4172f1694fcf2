import { type FieldError, forbiddenField } from '../../errors/field-error.ts';
import type { Pod } from '../../generated/kinds.ts';
import { dnsLabelErrors } from '../../selectors/label-format.ts';
import type { KindRules } from '../kind-rules.ts';
import { validateTrimmedImage } from './image-validation.ts';
import { validatePodAnnotations } from './pod-annotations-validation.ts';
import { podEphemeralContainersRules } from './pod-ephemeral-containers.ts';
import { preparePod, preparePodStatus } from './pod-preparation.ts';
import { podResizeRules } from './pod-resize.ts';
import { validatePodSpec } from './pod-spec-validation.ts';
import { validatePodStatus } from './pod-status-validation.ts';
import { validatePodUpdate } from './pod-update-validation.ts';
import { warningsOfPod } from './pod-warnings.ts';
import { validateProfilesMatch } from './security-profile-validation.ts';

export { qosClassOf } from './pod-preparation.ts';

export const podRules: KindRules<Pod> = {
  countsGenerations: true,
  prepareForCreate: preparePod,
  prepareForStatusUpdate: preparePodStatus,
  validate: (pod, old) => [...validatePod(pod), ...(old ? [] : validateNewPod(pod))],
  validateUpdate: validatePodUpdate,
  validateStatusUpdate: validatePodStatus,
  subresources: { resize: podResizeRules, ephemeralcontainers: podEphemeralContainersRules },
  // People do not write to pods that exist: only new ones are worth a warning.
  warnings: (pod, old) => (old ? [] : [...warningsOfName(pod.metadata.name), ...warningsOfPod(pod)]),
  gracePeriodSeconds: (pod, asked) => {
    const { phase } = pod.status ?? {};
    if (!pod.spec.nodeName || phase === 'Failed' || phase === 'Succeeded') return 0;
    const seconds = asked ?? pod.spec.terminationGracePeriodSeconds ?? 0;
    return seconds < 0 ? 1 : seconds;
  },
};

/** What holds for a pod all its life, and is stricter than for a template. */
function validatePod({ metadata, spec }: Pod): FieldError[] {
  const images = (['containers', 'initContainers'] as const).flatMap((list) =>
    (spec[list] ?? []).flatMap(({ image }, i) => validateTrimmedImage(image, `spec.${list}[${i}].image`)),
  );
  return [
    ...validatePodAnnotations(metadata.annotations, spec, 'metadata.annotations'),
    ...validatePodSpec(spec, 'spec', metadata.name),
    ...validateTokenVolumes({ spec }),
    ...images,
  ];
}

/** A token is of a service account. */
function validateTokenVolumes({ spec }: Pick<Pod, 'spec'>): FieldError[] {
  if (spec.serviceAccountName) return [];
  return (spec.volumes ?? []).flatMap(({ projected }, i) =>
    (projected?.sources ?? []).flatMap(({ serviceAccountToken }, j) => {
      const field = `spec.volumes[${i}].projected.sources[${j}].serviceAccountToken`;
      const text = 'must not be specified when serviceAccountName is not set';
      return serviceAccountToken ? [forbiddenField(field, text)] : [];
    }),
  );
}

function validateNewPod({ metadata, spec }: Pod): FieldError[] {
  const findings: FieldError[] = [];
  if ((spec.ephemeralContainers?.length ?? 0) > 0) {
    findings.push(forbiddenField('spec.ephemeralContainers', 'cannot be set on create'));
  }
  if (spec.nodeName && (spec.schedulingGates?.length ?? 0) > 0) {
    findings.push(forbiddenField('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
  }
  return [...findings, ...validateProfilesMatch(metadata, spec, 'spec')];
}

function warningsOfName(name: string): string[] {
  const texts = dnsLabelErrors(name);
  if (texts.length === 0) return [];
  const text =
    "this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended";
  return [`metadata.name: ${text}: [${texts.join(' ')}]`];
}
