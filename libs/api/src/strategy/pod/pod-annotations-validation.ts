import { type FieldError, forbiddenField, invalidValue } from '../../errors/field-error.ts';
import type { PodSpec, Toleration } from '../../generated/kinds.ts';
import { appArmorAnnotationPrefix, validateProfileAnnotations } from './security-profile-validation.ts';
import { validateTolerations } from './toleration-validation.ts';

/** Of a pod that a kubelet runs from a file and only shows in the API. */
export const mirrorAnnotation = 'kubernetes.io/config.mirror';
const deletionCostAnnotation = 'controller.kubernetes.io/pod-deletion-cost';
const tolerationsAnnotation = 'scheduler.alpha.kubernetes.io/tolerations';

type Annotations = Readonly<Record<string, string>>;

/** Annotations that mean something to pods, in a pod and in a template. */
export function validatePodAnnotations(
  annotations: Annotations | undefined,
  spec: PodSpec,
  path: string,
): FieldError[] {
  if (annotations === undefined) return [];
  const findings: FieldError[] = [];
  const mirror = annotations[mirrorAnnotation];
  if (mirror !== undefined && !spec.nodeName) {
    const text = 'must set spec.nodeName if mirror pod annotation is set';
    findings.push(invalidValue(`${path}[${mirrorAnnotation}]`, mirror, text));
  }
  findings.push(...validateTolerationsAnnotation(annotations[tolerationsAnnotation], path));
  const cost = annotations[deletionCostAnnotation];
  if (cost !== undefined && !isInt32(cost)) {
    findings.push(invalidValue(`${path}[${deletionCostAnnotation}]`, cost, 'must be a 32bit integer'));
  }
  return [...findings, ...validateProfileAnnotations(annotations, spec, path)];
}

/** What may not come, go or change once a pod exists. */
export function validatePodAnnotationsUpdate(annotations: Annotations = {}, old: Annotations = {}): FieldError[] {
  const guarded = (key: string) => key.startsWith(appArmorAnnotationPrefix) || key === mirrorAnnotation;
  const nounOf = (key: string) => (key === mirrorAnnotation ? 'mirror pod annotation' : 'AppArmor annotations');
  const changed = Object.keys(old).filter((key) => guarded(key) && annotations[key] !== old[key]);
  const added = Object.keys(annotations).filter((key) => guarded(key) && old[key] === undefined);
  return [
    ...changed.map((key) => forbiddenField(`metadata.annotations[${key}]`, `may not remove or update ${nounOf(key)}`)),
    ...added.map((key) => forbiddenField(`metadata.annotations[${key}]`, `may not add ${nounOf(key)}`)),
  ];
}

function validateTolerationsAnnotation(text: string | undefined, path: string): FieldError[] {
  if (!text) return [];
  try {
    const tolerations: unknown = JSON.parse(text);
    if (!Array.isArray(tolerations))
      return [invalidValue(path, tolerationsAnnotation, 'must be a list of tolerations')];
    return validateTolerations(tolerations as Toleration[], `${path}.${tolerationsAnnotation}`);
  } catch (error) {
    if (error instanceof SyntaxError) return [invalidValue(path, tolerationsAnnotation, error.message)];
    throw error;
  }
}

function isInt32(text: string): boolean {
  return /^(0|-?[1-9]\d*)$/.test(text) && Math.abs(Number(text) + 0.5) < 2 ** 31;
}
