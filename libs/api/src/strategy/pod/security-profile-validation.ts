import {
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from '../../errors/field-error.ts';
import type { AppArmorProfile, ObjectMeta, PodSpec, SeccompProfile } from '../../generated/kinds.ts';
import { containersOf } from './containers-of.ts';
import { validateDescendingPath } from './path-validation.ts';

const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined'];
const localhostProfileLengthMax = 4095;

export const appArmorAnnotationPrefix = 'container.apparmor.security.beta.kubernetes.io/';
export const seccompPodAnnotation = 'seccomp.security.alpha.kubernetes.io/pod';
export const seccompContainerAnnotationPrefix = 'container.seccomp.security.alpha.kubernetes.io/';

type Annotations = Readonly<Record<string, string>>;

export function validateSeccompProfile(profile: SeccompProfile | undefined, path: string): FieldError[] {
  if (!profile) return [];
  const { type, localhostProfile } = profile;
  const findings = validateType(type, 'seccompProfile', `${path}.type`);
  const field = `${path}.localhostProfile`;
  if (type !== 'Localhost') {
    const text = 'can only be set when seccomp type is Localhost';
    return localhostProfile === undefined ? findings : [...findings, invalidValue(field, profile, text)];
  }
  if (localhostProfile === undefined) {
    return [...findings, required(field, 'must be set when seccomp type is Localhost')];
  }
  return [...findings, ...validateDescendingPath(localhostProfile, field)];
}

export function validateAppArmorProfile(profile: AppArmorProfile | undefined, path: string): FieldError[] {
  if (!profile) return [];
  const { type, localhostProfile } = profile;
  const findings = validateType(type, 'appArmorProfile', `${path}.type`);
  const field = `${path}.localhostProfile`;
  if (findings.length > 0) return findings;
  if (type !== 'Localhost') {
    const text = 'can only be set when AppArmor type is Localhost';
    return localhostProfile === undefined ? [] : [invalidValue(field, localhostProfile, text)];
  }
  if (!localhostProfile) return [required(field, 'must be set when AppArmor type is Localhost')];
  if (localhostProfile.trim() !== localhostProfile) {
    findings.push(invalidValue(field, localhostProfile, 'must not be padded with whitespace'));
  }
  if (localhostProfile.length > localhostProfileLengthMax) findings.push(tooLong(field, localhostProfileLengthMax));
  return findings;
}

function validateType(type: string | undefined, noun: string, field: string): FieldError[] {
  if (!type) return [required(field, `type is required when ${noun} is set`)];
  return profileTypes.includes(type) ? [] : [notSupported(field, type, profileTypes)];
}

/** Profiles as annotations, the way before there were fields. */
export function validateProfileAnnotations(annotations: Annotations, spec: PodSpec, path: string): FieldError[] {
  const names = new Set(containersOf(spec, '').map(({ container }) => container.name));
  return Object.entries(annotations).flatMap(([key, value]) => {
    if (key === seccompPodAnnotation || key.startsWith(seccompContainerAnnotationPrefix)) {
      return validateSeccompAnnotation(value, `${path}.${key}`);
    }
    if (!key.startsWith(appArmorAnnotationPrefix)) return [];
    const field = `${path}[${key}]`;
    const name = key.slice(appArmorAnnotationPrefix.length);
    const findings = names.has(name) ? [] : [invalidValue(field, name, 'container not found')];
    if (!/^$|^runtime\/default$|^unconfined$|^localhost\//.test(value)) {
      findings.push(invalidValue(field, value, `invalid AppArmor profile name: ${JSON.stringify(value)}`));
    }
    return findings;
  });
}

function validateSeccompAnnotation(value: string, field: string): FieldError[] {
  if (['runtime/default', 'docker/default', 'unconfined'].includes(value)) return [];
  if (value.startsWith('localhost/')) return validateDescendingPath(value.slice('localhost/'.length), field);
  return [invalidValue(field, value, 'must be a valid seccomp profile')];
}

/** Where an annotation and a field speak of the same profile, they say the same. */
export function validateProfilesMatch(
  metadata: Partial<ObjectMeta> | undefined,
  spec: PodSpec,
  path: string,
): FieldError[] {
  const annotations = metadata?.annotations ?? {};
  const own = spec.securityContext?.seccompProfile;
  const findings = validateMatch('seccomp', annotations[seccompPodAnnotation], own, `${path}.securityContext`);
  for (const { container, path: at } of containersOf(spec, path)) {
    const context = `${at}.securityContext`;
    const { seccompProfile, appArmorProfile } = container.securityContext ?? {};
    const seccomp = annotations[seccompContainerAnnotationPrefix + container.name];
    findings.push(...validateMatch('seccomp', seccomp, seccompProfile, context));
    if (spec.os?.name === 'windows') continue;
    const appArmor = annotations[appArmorAnnotationPrefix + container.name];
    const profile = appArmorProfile ?? spec.securityContext?.appArmorProfile;
    findings.push(...validateMatch('apparmor', appArmor, profile, context));
  }
  return findings;
}

function validateMatch(
  noun: 'seccomp' | 'apparmor',
  annotation: string | undefined,
  profile: SeccompProfile | AppArmorProfile | undefined,
  contextPath: string,
): FieldError[] {
  if (annotation === undefined || profile === undefined) return [];
  const path = `${contextPath}.${noun === 'seccomp' ? 'seccompProfile' : 'appArmorProfile'}`;
  const otherType = [forbiddenField(`${path}.type`, `${noun} type in annotation and field must match`)];
  switch (profile.type) {
    case 'Unconfined':
      return annotation === 'unconfined' ? [] : otherType;
    case 'RuntimeDefault':
      return annotation === 'runtime/default' || (noun === 'seccomp' && annotation === 'docker/default')
        ? []
        : otherType;
    case 'Localhost':
      if (!annotation.startsWith('localhost/')) return otherType;
      if (annotation.slice('localhost/'.length) === profile.localhostProfile) return [];
      return [forbiddenField(`${path}.localhostProfile`, `${noun} profile in annotation and field must match`)];
    default:
      return [];
  }
}
