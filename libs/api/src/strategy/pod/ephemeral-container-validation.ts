import { duplicateValue, type FieldError, forbiddenField, valueNotFound } from '../../errors/field-error.ts';
import type { EphemeralContainer, PodSpec } from '../../generated/kinds.ts';
import { validateCommon } from './container-validation.ts';
import { validateTrimmedImage } from './image-validation.ts';
import type { PodContext } from './pod-context.ts';

/** An ephemeral container is for a look inside: nothing may rely on it. */
const forbiddenFields = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
] as const;
const forbiddenText = 'cannot be set for an Ephemeral Container';

export function validateEphemeralContainers(spec: PodSpec, pod: PodContext, path: string): FieldError[] {
  const others = new Set([...(spec.containers ?? []), ...(spec.initContainers ?? [])].map(({ name }) => name));
  const names = new Set(others);
  return (spec.ephemeralContainers ?? []).flatMap((container, i) => {
    const at = `${path}[${i}]`;
    const { name, targetContainerName: target } = container;
    const findings = [...validateCommon(container, pod, at), ...validateTrimmedImage(container.image, `${at}.image`)];
    if (names.has(name)) findings.push(duplicateValue(`${at}.name`, name));
    names.add(name);
    if (target && !others.has(target)) findings.push(valueNotFound(`${at}.targetContainerName`, target));
    return [...findings, ...validateForbidden(container, at)];
  });
}

function validateForbidden(container: EphemeralContainer, path: string): FieldError[] {
  const findings = forbiddenFields
    .filter((field) => isSet(container[field]))
    .map((field) => forbiddenField(`${path}.${field}`, forbiddenText));
  for (const [i, mount] of (container.volumeMounts ?? []).entries()) {
    for (const field of ['subPath', 'subPathExpr'] as const) {
      if (mount[field]) findings.push(forbiddenField(`${path}.volumeMounts[${i}].${field}`, forbiddenText));
    }
  }
  return findings;
}

/** Resources are always there, by default empty. */
function isSet(value: unknown): boolean {
  return value !== undefined && JSON.stringify(value) !== '{}';
}
