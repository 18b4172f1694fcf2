import {
  apiServerNames,
  clusterLayout,
  ensureClusterCertificates,
  kubeconfig,
  planCluster,
  type ServicePlan,
} from '@orrery/orrery';
import { MemoryDisk, SystemClock, SystemTimers, VirtualTime, virtualHost } from '@orrery/runtime';
import { memoryBroker, natsBroker } from './test-broker.driver.ts';
import { TestCluster, testClusterName } from './test-cluster.ts';
import type { TestClusterOptions } from './test-cluster-options.ts';

/** Certificates are made once a process: they are the only slow part of a cluster's start, and no history depends on them. */
const disk = new MemoryDisk();

/**
 * Starts a whole cluster in this process: storage, API server, scheduler, every controller, simulated nodes; no broker, no sockets, no files. Close it
 * at the end of the test.
 */
export async function startCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const {
    seed = 1,
    time = 'virtual',
    nodes = 1,
    storageReplicas = 1,
    controllers = ['*'],
    https = false,
    bus = 'memory',
  } = options;
  if (bus === 'nats' && time === 'virtual') throw new Error('a NATS server lives in real time: add time: "real"');
  const certificates = await ensureClusterCertificates(disk, { apiserver: apiServerNames(), nodes: {} });
  const shape = {
    containers: 'simulated' as const,
    nodes: Array.from({ length: nodes }, (_, index) => `node-${index + 1}`),
    storageReplicas,
    apiPort: 0,
  };
  const plans = planCluster(shape, clusterLayout('/orrery'), certificates).map((plan) =>
    forTest(plan, controllers, https),
  );
  const virtualTime = time === 'virtual' ? new VirtualTime() : undefined;
  const timers = virtualTime ?? new SystemTimers();
  const broker =
    bus === 'memory'
      ? memoryBroker(timers)
      : await natsBroker(testClusterName, shape.nodes, { ...virtualHost({ seed }), clock: new SystemClock(), timers });
  const cluster = new TestCluster({
    plans,
    seed,
    time: virtualTime,
    broker,
    bus: await broker.connect('orrery'),
    kubeconfig: https
      ? kubeconfig({
          cluster: 'test',
          server: 'https://127.0.0.1',
          certificateAuthority: certificates.authority.certificate,
          user: 'kubernetes-admin',
          ...certificates.admin,
        })
      : undefined,
  });
  await cluster.startAll();
  return cluster;
}

/** No sockets unless asked for. */
function forTest(plan: ServicePlan, controllers: readonly string[], https: boolean): ServicePlan {
  switch (plan.service) {
    case 'apiserver':
      return https ? plan : { ...plan, settings: { ...plan.settings, https: undefined } };
    case 'controller-manager':
      return { ...plan, settings: { ...plan.settings, controllers: [...controllers] } };
    case 'container-runtime':
      return { ...plan, settings: { ...plan.settings, streaming: undefined } };
    case 'kubelet':
      return { ...plan, settings: { ...plan.settings, https: undefined } };
    default:
      return plan;
  }
}
