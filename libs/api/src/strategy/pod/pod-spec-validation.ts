import {
  duplicateValue,
  type FieldError,
  forbiddenField,
  invalidTexts,
  invalidValue,
  required,
} from '../../errors/field-error.ts';
import type { PodSpec } from '../../generated/kinds.ts';
import { dnsLabelErrors, dnsSubdomainErrors, lengthText, qualifiedNameErrors } from '../../selectors/label-format.ts';
import { validateChoice } from '../choice-validation.ts';
import { validateLabels } from '../object-meta/object-meta-validation.ts';
import { validateContainers, validateInitContainers } from './container-validation.ts';
import { validateDnsConfig, validateHostAliases } from './dns-validation.ts';
import { validateEphemeralContainers } from './ephemeral-container-validation.ts';
import { validateNodeAffinity } from './node-selector-validation.ts';
import { validatePodAffinities } from './pod-affinity-validation.ts';
import { podContextOf } from './pod-context.ts';
import { validatePodOs } from './pod-os-validation.ts';
import { validatePodResources } from './pod-resources-validation.ts';
import { validateHostNetworkPorts } from './port-validation.ts';
import { validateResourceClaims } from './resource-claims-validation.ts';
import { validateResources } from './resources-validation.ts';
import { validatePodSecurityContext } from './security-context-validation.ts';
import { validateTolerations } from './toleration-validation.ts';
import { validateTopologySpread } from './topology-spread-validation.ts';
import { validateVolumes } from './volume-validation.ts';
import { validateHostProcess } from './windows-options-validation.ts';

const restartPolicies = ['Always', 'OnFailure', 'Never'];
const dnsPolicies = ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'];
const preemptionPolicies = ['PreemptLowerPriority', 'Never'];
const deadlineSecondsMax = 2 ** 31 - 1;
const hostnameOverrideLengthMax = 64;

/** A pod's spec, in a pod and in a template. `path` is `spec` or `spec.template.spec`; `podName` is empty in templates. */
export function validatePodSpec(spec: PodSpec, path: string, podName = ''): FieldError[] {
  const { volumes, findings } = validateVolumes(spec.volumes ?? [], podName, `${path}.volumes`);
  const pod = podContextOf(spec, volumes);
  const grace = spec.terminationGracePeriodSeconds;
  return [
    ...(grace === undefined ? [required(`${path}.terminationGracePeriodSeconds`)] : []),
    ...findings,
    ...validateResourceClaims(spec.resourceClaims ?? [], `${path}.resourceClaims`),
    ...validateContainers(spec.containers ?? [], pod, `${path}.containers`),
    ...validateInitContainers(spec.initContainers ?? [], spec.containers ?? [], pod, `${path}.initContainers`),
    ...validateEphemeralContainers(spec, pod, `${path}.ephemeralContainers`),
    ...validatePodResources(spec, pod.claimNames, `${path}.resources`),
    ...validateHostNetworkPorts(spec, podName !== '', path),
    ...validateChoice(spec.restartPolicy, restartPolicies, `${path}.restartPolicy`),
    ...validateChoice(spec.dnsPolicy, dnsPolicies, `${path}.dnsPolicy`),
    ...validateLabels(spec.nodeSelector, `${path}.nodeSelector`),
    ...validatePodSecurityContext(spec, `${path}.securityContext`),
    ...validateNodeAffinity(spec.affinity?.nodeAffinity, `${path}.affinity.nodeAffinity`),
    ...validatePodAffinities(spec.affinity, `${path}.affinity`),
    ...validateDnsConfig(spec, `${path}.dnsConfig`),
    ...validateGates(spec, path),
    ...validateTopologySpread(spec.topologySpreadConstraints ?? [], `${path}.topologySpreadConstraints`),
    ...validateHostProcess(spec, path),
    ...validateHostUsers(spec, path),
    ...validateNames(spec, path),
    ...validateDeadline(spec.activeDeadlineSeconds, `${path}.activeDeadlineSeconds`),
    ...validateHostname(spec, path),
    ...validateTolerations(spec.tolerations ?? [], `${path}.tolerations`),
    ...validateHostAliases(spec.hostAliases ?? [], `${path}.hostAliases`),
    ...(spec.preemptionPolicy === undefined
      ? []
      : validateChoice(spec.preemptionPolicy, preemptionPolicies, `${path}.preemptionPolicy`)),
    ...validateResources(spec.overhead && { limits: spec.overhead }, new Set(), `${path}.overhead`),
    ...validatePodOs(spec, path),
  ];
}

/** Conditions that a pod waits for: to be scheduled, and to be ready. */
function validateGates({ readinessGates = [], schedulingGates = [] }: PodSpec, path: string): FieldError[] {
  const seen = new Set<string>();
  return [
    ...readinessGates.flatMap(({ conditionType = '' }, i) =>
      invalidTexts(`${path}.readinessGates[${i}].conditionType`, conditionType, qualifiedNameErrors(conditionType)),
    ),
    ...schedulingGates.flatMap(({ name = '' }, i) => {
      const field = `${path}.schedulingGates[${i}]`;
      const findings = invalidTexts(field, name, qualifiedNameErrors(name));
      if (seen.has(name)) findings.push(duplicateValue(field, name));
      seen.add(name);
      return findings;
    }),
  ];
}

/** A user namespace of its own does not go with other namespaces of the host. */
function validateHostUsers(spec: PodSpec, path: string): FieldError[] {
  if (spec.hostUsers !== false) return [];
  const shared = [
    ['hostNetwork', spec.hostNetwork],
    ['HostPID', spec.hostPID],
    ['HostIPC', spec.hostIPC],
  ] as const;
  return shared
    .filter(([, isShared]) => isShared)
    .map(([field]) => forbiddenField(`${path}.${field}`, 'when `pod.Spec.HostUsers` is false'));
}

/** Names of other objects. */
function validateNames(spec: PodSpec, path: string): FieldError[] {
  const fields = ['serviceAccountName', 'nodeName', 'priorityClassName', 'runtimeClassName'] as const;
  return fields.flatMap((field) => {
    const name = spec[field];
    return name ? invalidTexts(`${path}.${field}`, name, dnsSubdomainErrors(name)) : [];
  });
}

function validateHostname(spec: PodSpec, path: string): FieldError[] {
  const { hostname, subdomain, hostnameOverride: override } = spec;
  const findings = hostname ? invalidTexts(`${path}.hostname`, hostname, dnsLabelErrors(hostname)) : [];
  if (subdomain) findings.push(...invalidTexts(`${path}.subdomain`, subdomain, dnsLabelErrors(subdomain)));
  if (override === undefined) return findings;
  const field = `${path}.hostnameOverride`;
  if (spec.hostNetwork) findings.push(forbiddenField(field, 'may not be specified when `hostNetwork` is true'));
  if (spec.setHostnameAsFQDN) {
    findings.push(forbiddenField(field, 'may not be specified when `setHostnameAsFQDN` is true'));
  }
  if (override.length > hostnameOverrideLengthMax) {
    findings.push(invalidValue(field, override, lengthText(hostnameOverrideLengthMax)));
  }
  return [...findings, ...invalidTexts(field, override, dnsSubdomainErrors(override))];
}

function validateDeadline(seconds: number | undefined, field: string): FieldError[] {
  if (seconds === undefined || (seconds >= 1 && seconds <= deadlineSecondsMax)) return [];
  return [invalidValue(field, seconds, `must be between 1 and ${deadlineSecondsMax}, inclusive`)];
}
