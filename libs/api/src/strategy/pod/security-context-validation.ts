import { duplicateValue, type FieldError, invalidValue, required } from '../../errors/field-error.ts';
import type { PodSecurityContext, PodSpec, SecurityContext } from '../../generated/kinds.ts';
import { validateGivenChoice } from '../choice-validation.ts';
import { validateAppArmorProfile, validateSeccompProfile } from './security-profile-validation.ts';
import { validateWindowsOptions } from './windows-options-validation.ts';

const procMounts = ['Default', 'Unmasked'];
const idRangeText = 'must be between 0 and 2147483647, inclusive';
const idMax = 2 ** 31 - 1;
const sysctlNameLengthMax = 253;
const sysctlName = /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/;
const sysctlText =
  'must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$';

/** What a container may do. `hostUsers` is false where the pod has a user namespace of its own. */
export function validateSecurityContext(
  context: SecurityContext | undefined,
  hostUsers: boolean,
  path: string,
): FieldError[] {
  if (!context) return [];
  const { procMount, runAsUser, runAsGroup } = context;
  const findings = [
    ...validateId(runAsUser, `${path}.runAsUser`),
    ...validateId(runAsGroup, `${path}.runAsGroup`),
    ...validateGivenChoice(procMount, procMounts, `${path}.procMount`),
  ];
  if (hostUsers && procMount === 'Unmasked') {
    findings.push(invalidValue(`${path}.procMount`, procMount, '`hostUsers` must be false to use `Unmasked`'));
  }
  return [
    ...findings,
    ...validateSeccompProfile(context.seccompProfile, `${path}.seccompProfile`),
    ...validateEscalation(context, path),
    ...validateWindowsOptions(context.windowsOptions, `${path}.windowsOptions`),
    ...validateAppArmorProfile(context.appArmorProfile, `${path}.appArmorProfile`),
  ];
}

function validateEscalation(context: SecurityContext, path: string): FieldError[] {
  if (context.allowPrivilegeEscalation !== false) return [];
  const refuse = (other: string) =>
    invalidValue(path, context, `cannot set \`allowPrivilegeEscalation\` to false and ${other}`);
  return [
    ...(context.privileged ? [refuse('`privileged` to true')] : []),
    ...(context.capabilities?.add ?? [])
      .filter((capability) => capability === 'CAP_SYS_ADMIN')
      .map(() => refuse('`capabilities.Add` CAP_SYS_ADMIN')),
  ];
}

/** What a pod says for all its containers. Upstream also looks for the pod's own switches under this path. */
export function validatePodSecurityContext(spec: PodSpec, path: string): FieldError[] {
  const context = spec.securityContext ?? {};
  const findings = [
    ...validateId(context.fsGroup, `${path}.fsGroup`),
    ...validateId(context.runAsUser, `${path}.runAsUser`),
    ...validateId(context.runAsGroup, `${path}.runAsGroup`),
    ...(context.supplementalGroups ?? []).flatMap((id, i) => validateId(id, `${path}.supplementalGroups[${i}]`)),
  ];
  if (spec.hostPID && spec.shareProcessNamespace) {
    const text = 'ShareProcessNamespace and HostPID cannot both be enabled';
    findings.push(invalidValue(`${path}.shareProcessNamespace`, true, text));
  }
  return [
    ...findings,
    ...validateSysctls(spec, context.sysctls ?? [], `${path}.sysctls`),
    ...validateGivenChoice(context.fsGroupChangePolicy, ['Always', 'OnRootMismatch'], `${path}.fsGroupChangePolicy`),
    ...validateSeccompProfile(context.seccompProfile, `${path}.seccompProfile`),
    ...validateWindowsOptions(context.windowsOptions, `${path}.windowsOptions`),
    ...validateAppArmorProfile(context.appArmorProfile, `${path}.appArmorProfile`),
    ...validateGivenChoice(context.supplementalGroupsPolicy, ['Merge', 'Strict'], `${path}.supplementalGroupsPolicy`),
    ...validateGivenChoice(context.seLinuxChangePolicy, ['MountOption', 'Recursive'], `${path}.seLinuxChangePolicy`),
  ];
}

function validateId(id: number | undefined, field: string): FieldError[] {
  return id !== undefined && (id < 0 || id > idMax) ? [invalidValue(field, id, idRangeText)] : [];
}

function validateSysctls(
  spec: PodSpec,
  sysctls: NonNullable<PodSecurityContext['sysctls']>,
  path: string,
): FieldError[] {
  const names = new Set<string>();
  return sysctls.flatMap(({ name }, i) => {
    const field = `${path}[${i}].name`;
    const findings: FieldError[] = [];
    if (!name) findings.push(required(field));
    else if (name.length > sysctlNameLengthMax || !sysctlName.test(name)) {
      findings.push(invalidValue(field, name, sysctlText));
    } else if (names.has(name)) findings.push(duplicateValue(field, name));
    names.add(name);
    return [...findings, ...validateHostSysctl(spec, name ?? '', field)];
  });
}

/** A sysctl of a namespace that the pod shares with its host would change the host. */
function validateHostSysctl(spec: PodSpec, name: string, field: string): FieldError[] {
  const dotted = name.replaceAll('/', '.');
  if (spec.hostNetwork && dotted.startsWith('net.')) {
    return [invalidValue(field, name, "may not be specified when 'hostNetwork' is true")];
  }
  const isIpc = dotted.startsWith('fs.mqueue.') || /^kernel\.(shm|msg|sem)/.test(dotted);
  return spec.hostIPC && isIpc ? [invalidValue(field, name, "may not be specified when 'hostIPC' is true")] : [];
}
