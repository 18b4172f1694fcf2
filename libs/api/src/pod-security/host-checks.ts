import type { LifecycleHandler, Probe } from '../generated/kinds.ts';
import {
  type CheckedContainer,
  type CheckedPod,
  containersOf,
  containersText,
  plural,
  quoted,
  sortedSet,
  type Violation,
} from './check.ts';

export function hostNamespaces({ spec }: CheckedPod): Violation | undefined {
  const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((name) => spec[name] === true);
  if (shared.length === 0) return undefined;
  return { reason: 'host namespaces', detail: shared.map((name) => `${name}=true`).join(', ') };
}

export function hostPathVolumes({ spec }: CheckedPod): Violation | undefined {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath !== undefined).map(({ name }) => name);
  if (names.length === 0) return undefined;
  return { reason: 'hostPath volumes', detail: `${plural('volume', names.length)} ${quoted(names)}` };
}

export function hostPorts(pod: CheckedPod): Violation | undefined {
  const users = containersOf(pod).filter((container) => hostPortsOf(container).length > 0);
  if (users.length === 0) return undefined;
  const ports = sortedSet(users.flatMap(hostPortsOf));
  const detail = `${usersText(users)} ${plural('hostPort', ports.length)} ${ports.join(', ')}`;
  return { reason: 'hostPort', detail };
}

/** A probe or hook must not reach for other hosts than the pod. */
export function hostProbesAndHostLifecycle(pod: CheckedPod): Violation | undefined {
  const users = containersOf(pod).filter((container) => hostsOf(container).length > 0);
  if (users.length === 0) return undefined;
  const hosts = sortedSet(users.flatMap(hostsOf));
  const reason = 'probe or lifecycle host';
  const sorted = [...users].sort((a, b) => (a.name < b.name ? -1 : 1));
  return { reason, detail: `${usersText(sorted)} ${plural(reason, hosts.length)} ${quoted(hosts)}` };
}

function usersText(users: readonly CheckedContainer[]): string {
  return `${containersText(users.map(({ name }) => name))} ${users.length === 1 ? 'uses' : 'use'}`;
}

function hostPortsOf({ ports = [] }: CheckedContainer): string[] {
  return ports.filter(({ hostPort = 0 }) => hostPort !== 0).map(({ hostPort }) => String(hostPort));
}

function hostsOf({ livenessProbe, readinessProbe, startupProbe, lifecycle }: CheckedContainer): string[] {
  const handlers: (Probe | LifecycleHandler | undefined)[] = [
    livenessProbe,
    readinessProbe,
    startupProbe,
    lifecycle?.postStart,
    lifecycle?.preStop,
  ];
  return handlers
    .flatMap((handler) => [handler?.httpGet?.host ?? '', handler?.tcpSocket?.host ?? ''])
    .filter((host) => host !== '');
}
