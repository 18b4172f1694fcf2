import type { ApiServerConfig, EtcdConfig } from '@orrery/apiserver';
import type { BusRole } from '@orrery/bus';
import type { ContainerRuntimeSettings } from '@orrery/container-runtime';
import type { ControllerManagerConfig } from '@orrery/controller-manager';
import type { KubeProxyConfig } from '@orrery/kube-proxy';
import type { KubeletSettings } from '@orrery/kubelet';
import type { PodNetworkSettings } from '@orrery/pod-network';
import type { SchedulerConfig } from '@orrery/scheduler';
import type { StorageConfig } from '@orrery/storage';
import { type ClusterCertificates, frontProxyName } from '../certificates/cluster-certificates.ts';
import type { ClusterLayout } from './cluster-layout.ts';

/** Settings of each service: plain data, as they stand in a service's configuration file. */
export interface ServiceSettings {
  storage: StorageConfig;
  apiserver: ApiServerConfig;
  scheduler: SchedulerConfig;
  'controller-manager': ControllerManagerConfig;
  'container-runtime': ContainerRuntimeSettings;
  kubelet: KubeletSettings;
  'kube-proxy': KubeProxyConfig;
  'pod-network': PodNetworkSettings;
}

export type ServiceName = keyof ServiceSettings;

/** One service of a cluster that is to run. */
export type ServicePlan = {
  [Name in ServiceName]: {
    readonly service: Name;
    /** Unique in the cluster: what `orrery status` shows and `orrery kill` takes. */
    readonly unit: string;
    /** Unique among the instances of the service; services of a node are called after it. */
    readonly instance: string;
    readonly role: BusRole;
    readonly settings: ServiceSettings[Name];
  };
}[ServiceName];

/** What shapes a cluster. */
export interface ClusterShape {
  readonly containers: 'runc' | 'simulated';
  readonly nodes: readonly string[];
  readonly storageReplicas: number;
  /** An etcd cluster that keeps the objects: no storage service is planned. */
  readonly etcd?: EtcdConfig;
  /** Storage serves etcd's clients on loopback: the first member on this port, the next ones on the next. */
  readonly etcdPort?: number;
  readonly apiPort: number;
  readonly api?: ApiChoices;
}

/** What a person may choose about the API server. */
export type ApiChoices = Pick<ApiServerConfig, 'runtimeConfig' | 'admission' | 'audit'>;

export const clusterCidr = '10.244.0.0/16';
export const serviceCidr = '10.96.0.0/12';
/** The API inside the cluster. */
export const apiServiceIp = '10.96.0.1';
/**
 * Where pods reach processes of the machine: the first node's end of the pod bridge. It exists only on this machine, so the address leads
 * nowhere else.
 */
export const gatewayIp = '10.244.0.1';
const kubeletPort = 10_250;

/** Names and addresses for which the API server's certificate holds. */
export function apiServerNames(): string[] {
  const service = [
    'kubernetes',
    'kubernetes.default',
    'kubernetes.default.svc',
    'kubernetes.default.svc.cluster.local',
  ];
  return ['localhost', '127.0.0.1', ...service, apiServiceIp, gatewayIp];
}

/** Names and addresses for which the certificate of storage's etcd API holds. */
export const etcdServerNames = ['localhost', '127.0.0.1'];

/** Where a node is reached. */
export function nodeAddress({ containers }: Pick<ClusterShape, 'containers'>): string {
  return containers === 'runc' ? gatewayIp : '127.0.0.1';
}

/** All services of a cluster in the order in which they start. */
export function planCluster(
  shape: ClusterShape,
  layout: ClusterLayout,
  certificates: ClusterCertificates,
): ServicePlan[] {
  return [
    ...(shape.etcd === undefined ? planStorage(shape, layout, certificates) : []),
    planApiServer(shape, certificates),
    {
      service: 'controller-manager',
      unit: 'controller-manager-1',
      instance: 'controller-manager-1',
      role: 'controller-manager',
      settings: { clusterCidr, leaderElect: true, certificateAuthority: certificates.authority.certificate },
    },
    {
      service: 'scheduler',
      unit: 'scheduler-1',
      instance: 'scheduler-1',
      role: 'scheduler',
      settings: { leaderElect: true },
    },
    ...shape.nodes.flatMap((node) => planNode(node, shape, layout, certificates)),
  ];
}

function planStorage(
  { storageReplicas, etcdPort }: ClusterShape,
  layout: ClusterLayout,
  { etcd }: ClusterCertificates,
): ServicePlan[] {
  const members = Array.from({ length: storageReplicas }, (_, index) => `storage-${index + 1}`);
  const tls = etcd && {
    cert: etcd.server.certificate,
    key: etcd.server.key,
    clientCa: etcd.authority.certificate,
  };
  return members.map((member, index) => ({
    service: 'storage',
    unit: member,
    instance: member,
    role: 'storage',
    settings: {
      member,
      members,
      dataFolder: layout.service(member),
      ...(etcdPort !== undefined && tls && { etcd: { listen: `127.0.0.1:${etcdPort + index}`, tls } }),
    },
  }));
}

function planApiServer(
  { apiPort, containers, api, etcd }: ClusterShape,
  certificates: ClusterCertificates,
): ServicePlan {
  const real = containers === 'runc';
  return {
    service: 'apiserver',
    unit: 'apiserver-1',
    instance: 'apiserver-1',
    role: 'apiserver',
    settings: {
      ...api,
      ...(etcd && { etcd }),
      https: {
        // Pods reach the API through the pod bridge; simulated ones do not reach anything.
        bindAddress: real ? '0.0.0.0' : '127.0.0.1',
        port: apiPort,
        ...certificates.apiserver,
        clientCertificateAuthority: certificates.authority.certificate,
      },
      // Also where pods are simulated and reach nothing: the API takes no loopback address for an endpoint.
      advertiseAddress: gatewayIp,
      serviceAccount: {
        privateKey: certificates.serviceAccountKey,
        issuer: 'https://kubernetes.default.svc.cluster.local',
      },
      serviceCidr,
      nodePortRange: { from: 30_000, to: 32_767 },
      kubelet: { ...certificates.apiserverToKubelet, certificateAuthority: certificates.authority.certificate },
      proxyClient: {
        ...certificates.frontProxy,
        certificateAuthority: certificates.frontProxyAuthority.certificate,
        commonName: frontProxyName,
      },
      certificateAuthority: certificates.authority.certificate,
    },
  };
}

function planNode(
  node: string,
  shape: ClusterShape,
  layout: ClusterLayout,
  certificates: ClusterCertificates,
): ServicePlan[] {
  const real = shape.containers === 'runc';
  const paths = layout.node(node);
  const keyPair = certificates.kubelets[node];
  const runtime: ServicePlan = {
    service: 'container-runtime',
    unit: `container-runtime-${node}`,
    instance: node,
    role: { service: 'container-runtime', node },
    settings: {
      nodeName: node,
      criSocket: paths.criSocket,
      streaming: { bindAddress: '127.0.0.1', port: 0 },
      driver: real
        ? {
            kind: 'runc',
            folder: paths.runtime,
            runcPath: 'runc',
            cni: { binFolders: ['/usr/lib/cni', '/opt/cni/bin'], configFolder: paths.cniConfig },
            cgroupParent: '/orrery',
            archivesFolder: layout.archives,
          }
        : { kind: 'simulated', podLogsFolder: paths.podLogs, podVolumesFolder: paths.pods },
    },
  };
  const kubelet: ServicePlan = {
    service: 'kubelet',
    unit: `kubelet-${node}`,
    instance: node,
    role: { service: 'kubelet', node },
    settings: {
      nodeName: node,
      nodeIp: nodeAddress(shape),
      criSocket: paths.criSocket,
      simulated: !real,
      folder: paths.pods,
      podLogsFolder: paths.podLogs,
      ...(keyPair && {
        https: {
          bindAddress: real ? '0.0.0.0' : '127.0.0.1',
          port: real ? kubeletPort : 0,
          ...keyPair,
          clientCertificateAuthority: certificates.authority.certificate,
        },
      }),
    },
  };
  return real ? [runtime, planPodNetwork(node, layout), kubelet, planKubeProxy(node)] : [runtime, kubelet];
}

function planPodNetwork(node: string, layout: ClusterLayout): ServicePlan {
  return {
    service: 'pod-network',
    unit: `pod-network-${node}`,
    instance: node,
    role: { service: 'pod-network', node },
    settings: podNetworkSettings(node, layout),
  };
}

/** Also what `orrery down` takes away. */
export function podNetworkSettings(node: string, layout: ClusterLayout): PodNetworkSettings {
  return {
    nodeName: node,
    mode: 'bridge',
    cniConfigFolder: layout.node(node).cniConfig,
    addressesFolder: `${layout.node(node).root}/addresses`,
    bridge: 'orrery0',
    sink: 'orrery-sink',
    clusterCidr,
    serviceCidr,
  };
}

function planKubeProxy(node: string): ServicePlan {
  return {
    service: 'kube-proxy',
    unit: `kube-proxy-${node}`,
    instance: node,
    role: { service: 'kube-proxy', node },
    settings: { nodeName: node, mode: 'iptables', clusterCidr },
  };
}
