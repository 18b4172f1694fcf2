import { type FieldError, invalidValue, notSupported, required } from '../../errors/field-error.ts';
import type { PodSpec } from '../../generated/kinds.ts';
import { dnsLabelErrors, dnsSubdomainErrors } from '../../selectors/label-format.ts';
import { validateLabels, validateNonNegative } from '../object-meta/object-meta-validation.ts';
import { validateContainers, validateIds } from './container-validation.ts';
import { validateScheduling } from './scheduling-validation.ts';
import { validateVolumes } from './volume-validation.ts';

const restartPolicies = ['Always', 'OnFailure', 'Never'];
const dnsPolicies = ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'];
const deadlineSecondsMax = 2 ** 31 - 1;

/** A pod's spec, in a pod and in a template. `path` is `spec` or `spec.template.spec`. */
export function validatePodSpec(spec: PodSpec, path: string): FieldError[] {
  return [
    ...validateVolumes(spec.volumes ?? [], `${path}.volumes`),
    ...validateContainers(spec, path),
    ...choice(spec.restartPolicy, restartPolicies, `${path}.restartPolicy`),
    ...choice(spec.dnsPolicy, dnsPolicies, `${path}.dnsPolicy`),
    ...validateLabels(spec.nodeSelector, `${path}.nodeSelector`),
    ...validateSecurity(spec, `${path}`),
    ...named(spec.nodeName, dnsSubdomainErrors, `${path}.nodeName`),
    ...named(spec.serviceAccountName, dnsSubdomainErrors, `${path}.serviceAccountName`),
    ...named(spec.hostname, dnsLabelErrors, `${path}.hostname`),
    ...named(spec.subdomain, dnsLabelErrors, `${path}.subdomain`),
    ...named(spec.priorityClassName, dnsSubdomainErrors, `${path}.priorityClassName`),
    ...named(spec.runtimeClassName, dnsSubdomainErrors, `${path}.runtimeClassName`),
    ...validateDeadline(spec.activeDeadlineSeconds, `${path}.activeDeadlineSeconds`),
    ...validateNonNegative(spec.terminationGracePeriodSeconds ?? 0, `${path}.terminationGracePeriodSeconds`),
    ...validateScheduling(spec, path),
    ...(spec.dnsPolicy === 'None' && (spec.dnsConfig?.nameservers?.length ?? 0) === 0
      ? [required(`${path}.dnsConfig.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None')]
      : []),
  ];
}

function choice(value: string | undefined, supported: readonly string[], field: string): FieldError[] {
  if (!value) return [required(field)];
  return supported.includes(value) ? [] : [notSupported(field, value, supported)];
}

function named(name: string | undefined, errors: (name: string) => string[], field: string): FieldError[] {
  return name ? errors(name).map((text) => invalidValue(field, name, text)) : [];
}

function validateDeadline(seconds: number | undefined, field: string): FieldError[] {
  if (seconds === undefined || (seconds >= 1 && seconds <= deadlineSecondsMax)) return [];
  return [invalidValue(field, seconds, `must be between 1 and ${deadlineSecondsMax}, inclusive`)];
}

function validateSecurity(spec: PodSpec, path: string): FieldError[] {
  const findings = validateIds(spec.securityContext ?? {}, `${path}.securityContext`);
  if (spec.hostPID && spec.shareProcessNamespace) {
    const text = 'ShareProcessNamespace and HostPID cannot both be enabled';
    findings.push(invalidValue(`${path}.shareProcessNamespace`, true, text));
  }
  return findings;
}
