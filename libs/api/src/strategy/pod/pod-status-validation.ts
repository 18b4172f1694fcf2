import {
  duplicateValue,
  type FieldError,
  forbiddenField,
  invalidTexts,
  invalidValue,
  notSupported,
} from '../../errors/field-error.ts';
import type { Container, ContainerStatus, Pod, PodSpec } from '../../generated/kinds.ts';
import { dnsSubdomainErrors, qualifiedNameErrors } from '../../selectors/label-format.ts';
import { validateImmutable } from '../object-meta/object-meta-validation.ts';
import { isDualStack, validateIp } from '../service/ip-validation.ts';
import { isRestartable } from './container-validation.ts';
import { validatePodAnnotations, validatePodAnnotationsUpdate } from './pod-annotations-validation.ts';

const systemConditions: ReadonlySet<string> = new Set(['PodScheduled', 'Ready', 'Initialized']);
const idRangeText = 'must be between 0 and 2147483647, inclusive';
const idMax = 2 ** 31 - 1;
const healths = ['Healthy', 'Unhealthy', 'Unknown'];

/** What a kubelet, or anybody else, may report of a pod. */
export function validatePodStatus(pod: Pod, old: Pod): FieldError[] {
  const { status, spec } = pod;
  const { nominatedNodeName: node } = status;
  const { annotations } = pod.metadata;
  return [
    ...validatePodAnnotationsUpdate(annotations, old.metadata.annotations),
    ...validatePodAnnotations(annotations, spec, 'metadata.annotations'),
    ...(status.conditions ?? []).flatMap(({ type }, i) =>
      systemConditions.has(type) ? [] : invalidTexts(`metadata.conditions[${i}].Type`, type, qualifiedNameErrors(type)),
    ),
    ...(node && node !== old.status.nominatedNodeName
      ? invalidTexts('status.nominatedNodeName', node, dnsSubdomainErrors(node))
      : []),
    ...validateImmutable(status.qosClass ?? '', old.status.qosClass ?? '', 'status.qosClass'),
    ...validateTransitions(pod, old),
    ...validateClaimStatuses(status.resourceClaimStatuses ?? [], spec),
    ...validateAddresses(pod),
    ...validateContainerStatuses(pod),
  ];
}

/** A container that has ended for good does not run again. */
function validateTransitions({ status }: Pod, { status: old, spec }: Pod): FieldError[] {
  const lists = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const;
  return lists.flatMap((list) => {
    const podPolicy = list === 'ephemeralContainerStatuses' ? 'Never' : spec.restartPolicy;
    const containers = list === 'initContainerStatuses' ? spec.initContainers : spec.containers;
    return (old[list] ?? []).flatMap((before, i) => {
      const container = containers?.find(({ name }) => name === before.name);
      const ended = before.state?.terminated;
      if (!ended || mayRestart(container, podPolicy, ended.exitCode)) return [];
      const revived = (status[list] ?? []).some(({ name, state }) => name === before.name && !state?.terminated);
      const field = `status.${list}[${i}].state`;
      return revived ? [forbiddenField(field, 'may not be transitioned to non-terminated state')] : [];
    });
  });
}

function mayRestart(container: Container | undefined, podPolicy: string | undefined, exitCode: number): boolean {
  if (container && (isRestartable(container) || (container.restartPolicyRules?.length ?? 0) > 0)) return true;
  const policy = container?.restartPolicy ?? podPolicy;
  return podPolicy === 'Always' || policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

function validateClaimStatuses(
  statuses: NonNullable<Pod['status']['resourceClaimStatuses']>,
  { resourceClaims = [] }: PodSpec,
): FieldError[] {
  const seen = new Set<string>();
  return statuses.flatMap(({ name, resourceClaimName }, i) => {
    const field = `status.resourceClaimStatuses[${i}].name`;
    const findings: FieldError[] = [];
    if (!resourceClaims.some((claim) => claim.name === name)) {
      findings.push(invalidValue(field, name, 'must match the name of an entry in `spec.resourceClaims`'));
    }
    if (seen.has(name)) findings.push(duplicateValue(field, name));
    seen.add(name);
    if (resourceClaimName === undefined) return findings;
    return [...findings, ...invalidTexts(field, resourceClaimName, dnsSubdomainErrors(resourceClaimName))];
  });
}

function validateAddresses({ status }: Pod): FieldError[] {
  const { podIPs = [], hostIPs = [], hostIP = '' } = status;
  const findings = validateIps(podIPs, 'status.podIPs');
  const first = hostIPs[0]?.ip;
  if (first !== undefined && first !== hostIP) {
    findings.push(invalidValue('status.hostIPs[0].ip', first, 'must be equal to `hostIP`'));
  }
  return [...findings, ...validateIps(hostIPs, 'status.hostIPs')];
}

/** At most one address of each family. */
function validateIps(addresses: readonly { ip: string }[], field: string): FieldError[] {
  const ips = addresses.map(({ ip }) => ip);
  const findings = ips.flatMap((ip, i) => validateIp(ip, `${field}[${i}]`));
  if (ips.length < 2) return findings;
  if (!isDualStack(ips) || ips.length > 2) {
    findings.push(invalidValue(field, addresses, 'may specify no more than one IP for each IP family'));
  }
  const repeated = [...ips.entries()].filter(([i, ip]) => ips.indexOf(ip) < i);
  return [...findings, ...repeated.map(([i]) => duplicateValue(`${field}[${i}]`, addresses[i]))];
}

function validateContainerStatuses({ status, spec }: Pod): FieldError[] {
  const { containerStatuses = [], initContainerStatuses = [], ephemeralContainerStatuses = [] } = status;
  const ephemeral = 'status.ephemeralContainerStatuses';
  return [
    ...validateUsers(containerStatuses, spec, 'status.containerStatuses'),
    ...validateUsers(initContainerStatuses, spec, 'status.initContainerStatuses'),
    ...validateUsers(ephemeralContainerStatuses, spec, ephemeral),
    ...validateDevices(containerStatuses, spec.containers, 'status.containerStatuses'),
    ...validateDevices(initContainerStatuses, spec.initContainers, 'status.initContainerStatuses'),
    ...ephemeralContainerStatuses.flatMap(({ allocatedResourcesStatus = [] }, i) => {
      const field = `${ephemeral}[${i}].allocatedResourcesStatus`;
      return allocatedResourcesStatus.length === 0
        ? []
        : [forbiddenField(field, 'must not be specified in container status')];
    }),
  ];
}

function validateUsers(statuses: readonly ContainerStatus[], spec: PodSpec, path: string): FieldError[] {
  return statuses.flatMap(({ user }, i) => {
    const field = `${path}[${i}].linux`;
    if (!user?.linux) return [];
    if (spec.os?.name === 'windows') return [forbiddenField(field, 'cannot be set for a windows pod')];
    const { uid, gid, supplementalGroups = [] } = user.linux;
    return [
      ...validateId(uid, `${field}.uid`),
      ...validateId(gid, `${field}.gid`),
      ...supplementalGroups.flatMap((group, j) => validateId(group, `${field}.supplementalGroups[${j}]`)),
    ];
  });
}

function validateId(id: number, field: string): FieldError[] {
  return id < 0 || id > idMax ? [invalidValue(field, id, idRangeText)] : [];
}

/** The health of the devices that a container was given. */
function validateDevices(
  statuses: readonly ContainerStatus[],
  containers: readonly Container[] | undefined,
  path: string,
): FieldError[] {
  return statuses.flatMap(({ name, allocatedResourcesStatus = [] }, i) => {
    const container = containers?.find((one) => one.name === name);
    return allocatedResourcesStatus.flatMap(({ name: resource, resources = [] }, j) => {
      const at = `${path}[${i}].allocatedResourcesStatus[${j}]`;
      const problem = container && deviceProblem(container, resource);
      const ids = resources.map(({ resourceID }) => resourceID);
      return [
        ...(problem ? [invalidValue(`${at}.name`, resource, problem)] : []),
        ...resources.flatMap(({ health = '', resourceID }, k) => [
          ...(healths.includes(health) ? [] : [notSupported(`${at}.resources[${k}].health`, health, healths)]),
          ...(ids.indexOf(resourceID) < k ? [duplicateValue(`${at}.resources[${k}].resourceID`, resourceID)] : []),
        ]),
      ];
    });
  });
}

function deviceProblem({ resources }: Container, name: string): string | undefined {
  if (!name.startsWith('claim:')) {
    return resources?.requests?.[name] === undefined
      ? "must match one of the container's resource requests"
      : undefined;
  }
  const known = (resources?.claims ?? []).map((claim) =>
    claim.request ? `claim:${claim.name}/${claim.request}` : `claim:${claim.name}`,
  );
  if (known.includes(name)) return undefined;
  return "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty";
}
