import type { Pod } from '@orrery/api';
import { portProtocols } from '@orrery/cri';
import type * as cri from '@orrery/proto/cri';
import { sandboxLabels } from '../cri/pod-labels.ts';
import { cgroupParent, noResources, podResources } from '../resources/linux-resources.ts';
import { sandboxSecurity } from '../resources/security-context.ts';
import { podLogFolder } from '../volumes/pod-folders.ts';
import { type DnsSettings, dnsConfig } from './dns-config.ts';

export interface SandboxSettings extends DnsSettings {
  /** Absolute folder of all pods' logs. */
  readonly podLogsFolder: string;
  readonly nodeHostname: string;
}

/** What the runtime needs to know of a pod; a pure function, made again whenever it is needed. */
export function sandboxConfig(pod: Pod, attempt: number, settings: SandboxSettings): cri.PodSandboxConfig {
  const { name, namespace = '', uid } = pod.metadata;
  return {
    metadata: { name, namespace, uid, attempt },
    hostname: pod.spec.hostNetwork ? '' : podHostname(pod),
    logDirectory: `${settings.podLogsFolder}/${podLogFolder(namespace, name, uid)}`,
    dnsConfig: dnsConfig(pod, settings),
    portMappings: portMappings(pod),
    labels: sandboxLabels(pod),
    annotations: { ...pod.metadata.annotations },
    linux: {
      cgroupParent: cgroupParent(pod),
      securityContext: sandboxSecurity(pod),
      sysctls: Object.fromEntries(
        (pod.spec.securityContext?.sysctls ?? []).map(({ name: key, value }) => [key, value]),
      ),
      overhead: noResources(),
      resources: podResources(pod),
    },
    windows: undefined,
  };
}

/** The pod's host name: its own, or its name; at most 63 characters, as Linux has it. */
export function podHostname(pod: Pod): string {
  const wanted = pod.spec.hostnameOverride || pod.spec.hostname || pod.metadata.name;
  return wanted.slice(0, 63).replace(/[-.]+$/, '');
}

/** `<subdomain>.<namespace>.svc.<cluster domain>`; empty for a pod without a subdomain. */
export function podDomain(pod: Pod, clusterDomain: string): string {
  if (!pod.spec.subdomain) return '';
  return `${pod.spec.subdomain}.${pod.metadata.namespace ?? ''}.svc.${clusterDomain}`;
}

function portMappings(pod: Pod): cri.PortMapping[] {
  if (pod.spec.hostNetwork) return [];
  return pod.spec.containers.flatMap(({ ports }) =>
    (ports ?? [])
      .filter(({ hostPort }) => hostPort !== undefined && hostPort > 0)
      .map(({ containerPort, hostPort = 0, hostIP = '', protocol }) => ({
        protocol: protocol === 'UDP' ? portProtocols.udp : protocol === 'SCTP' ? portProtocols.sctp : portProtocols.tcp,
        containerPort,
        hostPort,
        hostIp: hostIP,
      })),
  );
}
