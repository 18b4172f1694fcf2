import {
  type CheckedContainer,
  type CheckedPod,
  containersOf,
  containersText,
  containersThat,
  hasUserNamespace,
  isWindows,
  quoted,
  setters,
  sortedSet,
  type Violation,
} from './check.ts';

const defaultCapabilities: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);
const restrictedCapabilities: ReadonlySet<string> = new Set(['NET_BIND_SERVICE']);

export function privilegedContainers(pod: CheckedPod): Violation | undefined {
  const names = containersThat(pod, ({ securityContext }) => securityContext?.privileged === true);
  if (names.length === 0) return undefined;
  return { reason: 'privileged', detail: `${containersText(names)} must not set securityContext.privileged=true` };
}

export function allowPrivilegeEscalation(pod: CheckedPod): Violation | undefined {
  const names = containersThat(pod, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false);
  if (names.length === 0) return undefined;
  return {
    reason: 'allowPrivilegeEscalation != false',
    detail: `${containersText(names)} must set securityContext.allowPrivilegeEscalation=false`,
  };
}

export function capabilitiesBaseline(pod: CheckedPod): Violation | undefined {
  const detail = addedBeyond(pod, defaultCapabilities);
  return detail === undefined ? undefined : { reason: 'non-default capabilities', detail };
}

export function capabilitiesRestricted(pod: CheckedPod): Violation | undefined {
  const keeping = containersThat(
    pod,
    ({ securityContext }) => !securityContext?.capabilities?.drop?.some((name) => name === 'ALL'),
  );
  const details = [
    keeping.length > 0 ? `${containersText(keeping)} must set securityContext.capabilities.drop=["ALL"]` : undefined,
    addedBeyond(pod, restrictedCapabilities),
  ].filter((detail) => detail !== undefined);
  return details.length === 0 ? undefined : { reason: 'unrestricted capabilities', detail: details.join('; ') };
}

export function procMount(pod: CheckedPod): Violation | undefined {
  const isUnusual = ({ securityContext }: CheckedContainer) =>
    securityContext?.procMount !== undefined && securityContext.procMount !== 'Default';
  const bad = containersOf(pod).filter(isUnusual);
  if (bad.length === 0) return undefined;
  const mounts = sortedSet(bad.map(({ securityContext }) => securityContext?.procMount ?? ''));
  const names = containersText(bad.map(({ name }) => name));
  return { reason: 'procMount', detail: `${names} must not set securityContext.procMount to ${quoted(mounts)}` };
}

export function procMountOutsideUserNamespace(pod: CheckedPod): Violation | undefined {
  return hasUserNamespace(pod) ? undefined : procMount(pod);
}

export function windowsHostProcess(pod: CheckedPod): Violation | undefined {
  const containers = containersThat(
    pod,
    ({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true,
  );
  const who = setters(pod.spec.securityContext?.windowsOptions?.hostProcess === true, containers);
  if (who.length === 0) return undefined;
  const detail = `${who.join(' and ')} must not set securityContext.windowsOptions.hostProcess=true`;
  return { reason: 'hostProcess', detail };
}

/** A check that says nothing of pods for Windows, which cannot set these fields. */
export function onLinux(check: (pod: CheckedPod) => Violation | undefined): typeof check {
  return (pod) => (isWindows(pod) ? undefined : check(pod));
}

function addedBeyond(pod: CheckedPod, allowed: ReadonlySet<string>): string | undefined {
  const beyond = ({ securityContext }: CheckedContainer) =>
    (securityContext?.capabilities?.add ?? []).filter((name) => !allowed.has(name));
  const adding = containersOf(pod).filter((container) => beyond(container).length > 0);
  if (adding.length === 0) return undefined;
  const names = containersText(adding.map(({ name }) => name));
  return `${names} must not include ${quoted(sortedSet(adding.flatMap(beyond)))} in securityContext.capabilities.add`;
}
