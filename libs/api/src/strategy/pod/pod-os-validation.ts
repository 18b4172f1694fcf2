import { type FieldError, forbiddenField, notSupported, required } from '../../errors/field-error.ts';
import type { PodSpec } from '../../generated/kinds.ts';
import { containersOf } from './containers-of.ts';

const systems = ['linux', 'windows'];

/** What only Linux has, in upstream's order: of a pod, of its security context, of a container's. */
const linuxPodFields = ['hostUsers', 'hostPID', 'hostIPC', 'shareProcessNamespace'] as const;
const linuxPodContextFields = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'fsGroup',
  'fsGroupChangePolicy',
  'sysctls',
  'runAsUser',
  'runAsGroup',
  'supplementalGroups',
  'supplementalGroupsPolicy',
  'seLinuxChangePolicy',
] as const;
const linuxContextFields = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
] as const;
const windowsPodText = 'cannot be set for a windows pod';
const linuxPodText = 'windows options cannot be set for a linux pod';

/** A pod that names its operating system sets no field of the other one. */
export function validatePodOs(spec: PodSpec, path: string): FieldError[] {
  if (!spec.os) return [];
  const { name } = spec.os;
  if (!name) return [required(`${path}.os.name`, 'cannot be empty')];
  if (!systems.includes(name)) return [notSupported(`${path}.os`, name, systems)];
  return name === 'windows' ? validateWindowsPod(spec, path) : validateLinuxPod(spec, path);
}

function validateLinuxPod(spec: PodSpec, path: string): FieldError[] {
  const contexts = [
    { context: spec.securityContext, at: path },
    ...containersOf(spec, path).map(({ container, path: at }) => ({ context: container.securityContext, at })),
  ];
  return contexts
    .filter(({ context }) => context?.windowsOptions)
    .map(({ at }) => forbiddenField(`${at}.securityContext.windowsOptions`, linuxPodText));
}

function validateWindowsPod(spec: PodSpec, path: string): FieldError[] {
  const findings = [
    ...forbidden(spec.securityContext, linuxPodContextFields, `${path}.securityContext`),
    ...forbidden(spec, linuxPodFields, path),
  ];
  for (const { container, path: at } of containersOf(spec, path)) {
    findings.push(...forbidden(container.securityContext, linuxContextFields, `${at}.securityContext`));
  }
  return findings;
}

function forbidden<T extends object>(value: T | undefined, fields: readonly (keyof T & string)[], path: string) {
  return fields
    .filter((field) => value?.[field] !== undefined && !(isSwitch(field) && value[field] === false))
    .map((field) => forbiddenField(`${path}.${field}`, windowsPodText));
}

/** Switches of which "off" is the same as nothing. */
function isSwitch(field: string): boolean {
  return field === 'hostPID' || field === 'hostIPC';
}
