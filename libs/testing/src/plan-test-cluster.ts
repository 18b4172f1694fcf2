import type { EtcdConfig } from '@orrery/apiserver';
import { type ClusterCertificates, clusterLayout, planCluster, type ServicePlan } from '@orrery/orrery';
import type { TestClusterOptions } from './test-cluster-options.ts';

export interface TestClusterFacts {
  readonly nodes: readonly string[];
  readonly certificates: ClusterCertificates;
  /** HTTPS ports of the API servers, one each; empty: nothing listens, neither there nor on the nodes. */
  readonly apiPorts: readonly number[];
  /** Where objects are kept instead of in storage members. */
  readonly etcd?: EtcdConfig;
}

/** The services of `orrery up --bus memory`, but for what the options say. */
export function planTestCluster(
  options: TestClusterOptions,
  { nodes, certificates, apiPorts, etcd }: TestClusterFacts,
): ServicePlan[] {
  const { services, storageReplicas = 1, apiServers = 1 } = options;
  const shape = { containers: 'simulated' as const, nodes, storageReplicas, apiPort: apiPorts[0] ?? 0, etcd };
  return planCluster(shape, clusterLayout('/orrery'), certificates)
    .filter(({ service }) => services?.includes(service) ?? true)
    .map((plan) => adapted(plan, options, apiPorts.length > 0))
    .flatMap((plan) => (plan.service === 'apiserver' ? replicas(plan, apiServers, apiPorts) : [plan]));
}

/** No sockets unless asked for, and the settings that the test wants. */
function adapted(plan: ServicePlan, { controllers = ['*'], settings = {} }: TestClusterOptions, sockets: boolean) {
  switch (plan.service) {
    case 'apiserver':
      return withSettings(plan, sockets ? {} : { https: undefined }, settings[plan.service]);
    case 'controller-manager':
      return withSettings(plan, { controllers: [...controllers] }, settings[plan.service]);
    case 'container-runtime':
      return withSettings(plan, sockets ? {} : { streaming: undefined }, settings[plan.service]);
    case 'kubelet':
      return withSettings(plan, sockets ? {} : { https: undefined }, settings[plan.service]);
    default:
      return withSettings(plan, settings[plan.service]);
  }
}

function withSettings<Plan extends ServicePlan>(
  plan: Plan,
  ...overrides: readonly (Partial<Plan['settings']> | undefined)[]
): Plan {
  return { ...plan, settings: Object.assign({}, plan.settings, ...overrides) };
}

function replicas(
  plan: Extract<ServicePlan, { service: 'apiserver' }>,
  count: number,
  ports: readonly number[],
): ServicePlan[] {
  const others = Array.from({ length: count - 1 }, (_, index) => {
    const instance = `apiserver-${index + 2}`;
    const { https } = plan.settings;
    const port = ports[index + 1];
    const own = https && port !== undefined ? { ...https, port } : undefined;
    return { ...plan, unit: instance, instance, settings: { ...plan.settings, https: own } };
  });
  return [plan, ...others];
}
