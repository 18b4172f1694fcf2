import { duplicateValue, type FieldError, invalidValue } from '../../errors/field-error.ts';
import type { Container } from '../../generated/kinds.ts';
import { validateChoice } from '../choice-validation.ts';

const resizableResources = ['cpu', 'memory'];
const resizePolicies = ['NotRequired', 'RestartContainer'];

/** What a change of a container's resources does to it. */
export function validateResizePolicy(
  policies: NonNullable<Container['resizePolicy']>,
  podRestartPolicy: string | undefined,
  path: string,
): FieldError[] {
  const seen = new Set<string>();
  return policies.flatMap(({ resourceName, restartPolicy }, i) => {
    const findings = seen.has(resourceName) ? [duplicateValue(`${path}[${i}]`, resourceName)] : [];
    seen.add(resourceName);
    findings.push(...validateChoice(resourceName, resizableResources, path));
    findings.push(...validateChoice(restartPolicy, resizePolicies, path));
    if (podRestartPolicy === 'Never' && restartPolicy !== 'NotRequired') {
      const text = "must be 'NotRequired' when `restartPolicy` is 'Never'";
      findings.push(invalidValue(path, restartPolicy ?? '', text));
    }
    return findings;
  });
}
