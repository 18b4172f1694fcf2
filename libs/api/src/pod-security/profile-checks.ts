import type { SELinuxOptions } from '../generated/kinds.ts';
import {
  type CheckedPod,
  containersOf,
  containersText,
  containersThat,
  plural,
  quoted,
  setters,
  sortedSet,
  type Violation,
} from './check.ts';

const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/';
const seccompPodAnnotation = 'seccomp.security.alpha.kubernetes.io/pod';
const seccompContainerPrefix = 'container.seccomp.security.alpha.kubernetes.io/';

export function appArmorProfile(pod: CheckedPod): Violation | undefined {
  const isBad = (type: string | undefined) => type !== undefined && !isConfined(type);
  const podType = pod.spec.securityContext?.appArmorProfile?.type;
  const bad = containersOf(pod).filter(({ securityContext }) => isBad(securityContext?.appArmorProfile?.type));
  const annotations = Object.entries(pod.metadata?.annotations ?? {})
    .filter(([key, value]) => key.startsWith(appArmorPrefix) && !isAllowedAppArmorAnnotation(value))
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .sort();
  const who = setters(
    isBad(podType),
    bad.map(({ name }) => name),
  );
  if (annotations.length > 0) who.push(plural('annotation', annotations.length));
  if (who.length === 0) return undefined;
  const types = bad.map(({ securityContext }) => securityContext?.appArmorProfile?.type ?? '');
  const values = [...sortedSet(isBad(podType) ? [podType ?? '', ...types] : types), ...annotations];
  return {
    reason: plural('forbidden AppArmor profile', values.length),
    detail: `${who.join(' and ')} must not set AppArmor profile type to ${quoted(values)}`,
  };
}

/** Before 1.19 profiles were annotations. */
export function seccompAnnotations(pod: CheckedPod): Violation | undefined {
  const { annotations = {} } = pod.metadata ?? {};
  const keys = [seccompPodAnnotation, ...containersOf(pod).map(({ name }) => seccompContainerPrefix + name)];
  const bad = sortedSet(
    keys
      .filter((key) => key in annotations && !isAllowedSeccompAnnotation(annotations[key] ?? ''))
      .map((key) => `${key}=${JSON.stringify(annotations[key])}`),
  );
  if (bad.length === 0) return undefined;
  return { reason: 'seccompProfile', detail: `forbidden ${plural('annotation', bad.length)} ${bad.join(', ')}` };
}

export function seccompBaseline({ spec, ...pod }: CheckedPod): Violation | undefined {
  const podType = spec.securityContext?.seccompProfile?.type;
  const isBad = (type: string | undefined) => type !== undefined && !isConfined(type);
  const bad = containersOf({ ...pod, spec }).filter(({ securityContext }) =>
    isBad(securityContext?.seccompProfile?.type),
  );
  const who = setters(
    isBad(podType),
    bad.map(({ name }) => name),
  );
  if (who.length === 0) return undefined;
  const types = bad.map(({ securityContext }) => securityContext?.seccompProfile?.type ?? '');
  const values = sortedSet(isBad(podType) ? [podType ?? '', ...types] : types);
  return {
    reason: 'seccompProfile',
    detail: `${who.join(' and ')} must not set securityContext.seccompProfile.type to ${quoted(values)}`,
  };
}

export function seccompRestricted(pod: CheckedPod): Violation | undefined {
  const wrong = seccompBaseline(pod);
  if (wrong !== undefined || pod.spec.securityContext?.seccompProfile !== undefined) return wrong;
  const names = containersThat(pod, ({ securityContext }) => securityContext?.seccompProfile === undefined);
  if (names.length === 0) return undefined;
  return {
    reason: 'seccompProfile',
    detail: `pod or ${containersText(names)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
  };
}

/** Neither user nor role may be set, and of the types only those of containers. */
export function seLinuxOptions(allowedTypes: readonly string[]): (pod: CheckedPod) => Violation | undefined {
  const isBad = (options: SELinuxOptions | undefined): options is SELinuxOptions =>
    options !== undefined && (!allowedTypes.includes(options.type ?? '') || Boolean(options.user || options.role));
  return (pod) => {
    const podOptions = pod.spec.securityContext?.seLinuxOptions;
    const bad = containersOf(pod).filter(({ securityContext }) => isBad(securityContext?.seLinuxOptions));
    const who = setters(
      isBad(podOptions),
      bad.map(({ name }) => name),
    );
    if (who.length === 0) return undefined;
    const all = [podOptions, ...bad.map(({ securityContext }) => securityContext?.seLinuxOptions)].filter(isBad);
    const types = sortedSet(all.map(({ type = '' }) => type).filter((type) => !allowedTypes.includes(type)));
    const data = [
      ...(types.length > 0 ? [`${plural('type', types.length)} ${quoted(types)}`] : []),
      ...(all.some(({ user }) => user) ? ['user may not be set'] : []),
      ...(all.some(({ role }) => role) ? ['role may not be set'] : []),
    ];
    const detail = `${who.join(' and ')} set forbidden securityContext.seLinuxOptions: ${data.join('; ')}`;
    return { reason: 'seLinuxOptions', detail };
  };
}

function isConfined(type: string): boolean {
  return type === 'RuntimeDefault' || type === 'Localhost';
}

function isAllowedAppArmorAnnotation(value: string): boolean {
  return value === '' || value === 'runtime/default' || value.startsWith('localhost/');
}

function isAllowedSeccompAnnotation(value: string): boolean {
  return value === 'runtime/default' || value === 'docker/default' || value.startsWith('localhost/');
}
