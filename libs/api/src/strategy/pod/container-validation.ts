import { duplicateValue, type FieldError, forbiddenField, invalidTexts, required } from '../../errors/field-error.ts';
import type { Container, EphemeralContainer } from '../../generated/kinds.ts';
import { dnsLabelErrors } from '../../selectors/label-format.ts';
import { validateChoice } from '../choice-validation.ts';
import { validateContainerRestartPolicy } from './container-restart-validation.ts';
import { validateEnv, validateEnvFrom } from './env-validation.ts';
import { validateDevices, validateMounts } from './mount-validation.ts';
import type { PodContext } from './pod-context.ts';
import { validateContainerPorts, validateHostPortConflicts } from './port-validation.ts';
import { validateProbes } from './probe-validation.ts';
import { validateResizePolicy } from './resize-policy-validation.ts';
import { validateResources } from './resources-validation.ts';
import { validateSecurityContext } from './security-context-validation.ts';

export const pullPolicies = ['Always', 'IfNotPresent', 'Never'];
const messagePolicies = ['File', 'FallbackToLogsOnError'];

/** The regular containers of a pod: each by itself, and what they must not share. */
export function validateContainers(containers: readonly Container[], pod: PodContext, path: string): FieldError[] {
  if (containers.length === 0) return [required(path)];
  const names = new Set<string>();
  const findings = containers.flatMap((container, i) => {
    const at = `${path}[${i}]`;
    return [
      ...validateCommon(container, pod, at),
      ...validateUnique(container.name, names, `${at}.name`),
      ...validateProbes(container, pod, at),
      ...validateContainerRestartPolicy(container, at),
    ];
  });
  return [...findings, ...validateHostPortConflicts(containers, path)];
}

/** Names are unique among regular and init containers. Init containers run one by one, so each has the ports to itself. */
export function validateInitContainers(
  containers: readonly Container[],
  regular: readonly Container[],
  pod: PodContext,
  path: string,
): FieldError[] {
  const names = new Set(regular.map(({ name }) => name));
  return containers.flatMap((container, i) => {
    const at = `${path}[${i}]`;
    return [
      ...validateCommon(container, pod, at),
      ...validateContainerRestartPolicy(container, at),
      ...validateUnique(container.name, names, `${at}.name`),
      ...validateHostPortConflicts([container], path),
      ...(isRestartable(container) ? validateProbes(container, pod, at) : validateNoProbes(container, at)),
    ];
  });
}

/** A sidecar: an init container that keeps running beside the others. */
export function isRestartable(container: Pick<Container, 'restartPolicy'>): boolean {
  return container.restartPolicy === 'Always';
}

/** What containers of every sort must hold. */
export function validateCommon(container: Container | EphemeralContainer, pod: PodContext, path: string): FieldError[] {
  return [
    ...(container.name
      ? invalidTexts(`${path}.name`, container.name, dnsLabelErrors(container.name))
      : [required(`${path}.name`)]),
    ...(container.image ? [] : [required(`${path}.image`)]),
    ...validateChoice(container.terminationMessagePolicy, messagePolicies, `${path}.terminationMessagePolicy`),
    ...validateContainerPorts(container.ports ?? [], `${path}.ports`),
    ...validateEnv(container.env ?? [], pod.volumes, `${path}.env`),
    ...validateEnvFrom(container.envFrom ?? [], `${path}.envFrom`),
    ...validateMounts(container, pod.volumes, `${path}.volumeMounts`),
    ...validateDevices(container, pod.volumes, `${path}.volumeDevices`),
    ...validateChoice(container.imagePullPolicy, pullPolicies, `${path}.imagePullPolicy`),
    ...validateResources(container.resources, pod.claimNames, `${path}.resources`),
    ...validateResizePolicy(container.resizePolicy ?? [], pod.restartPolicy, `${path}.resizePolicy`),
    ...validateSecurityContext(container.securityContext, pod.hostUsers, `${path}.securityContext`),
  ];
}

export function validateUnique(name: string, names: Set<string>, field: string): FieldError[] {
  if (names.has(name)) return [duplicateValue(field, name)];
  if (name) names.add(name);
  return [];
}

function validateNoProbes(container: Container, path: string): FieldError[] {
  return (['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const)
    .filter((field) => container[field])
    .map((field) =>
      forbiddenField(`${path}.${field}`, 'may not be set for init containers without restartPolicy=Always'),
    );
}
