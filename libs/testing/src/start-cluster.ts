import { apiServerNames, ensureClusterCertificates, kubeconfig } from '@orrery/orrery';
import { MemoryDisk, SystemClock, SystemTimers, VirtualTime, virtualHost } from '@orrery/runtime';
import { EtcdCluster } from './etcd-cluster.driver.ts';
import { etcdDataOn } from './etcd-disk.ts';
import { freePort } from './free-port.driver.ts';
import { planTestCluster } from './plan-test-cluster.ts';
import { memoryBroker, natsBroker } from './test-broker.driver.ts';
import { TestCluster, testClusterName } from './test-cluster.ts';
import type { TestClusterOptions } from './test-cluster-options.ts';

/** Certificates are made once a process: they are the only slow part of a cluster's start, and no history depends on them. */
const certificatesDisk = new MemoryDisk();

/**
 * Starts a whole cluster in this process: storage, API server, scheduler, every controller, simulated nodes; no broker, no sockets, no files. Close it
 * at the end of the test.
 */
export async function startCluster(options: TestClusterOptions = {}): Promise<TestCluster> {
  const { seed = 1, time = 'virtual', https = false, bus = 'memory', patience = '5m', disks = new Map() } = options;
  if (bus === 'nats' && time === 'virtual') throw new Error('a NATS server lives in real time: add time: "real"');
  const nodes = Array.from({ length: options.nodes ?? 1 }, (_, index) => `node-${index + 1}`);
  const certificates = await ensureClusterCertificates(certificatesDisk, {
    apiserver: apiServerNames(),
    nodes: https ? Object.fromEntries(nodes.map((node) => [node, ['127.0.0.1']])) : {},
  });
  const apiPorts = await portsOf(https, options.apiServers ?? 1);
  const virtualTime = time === 'virtual' ? new VirtualTime() : undefined;
  const timers = virtualTime ?? new SystemTimers();
  const etcd =
    (options.storage ?? testStorage()) === 'etcd'
      ? await EtcdCluster.start({ data: await etcdDataOn(disks) })
      : undefined;
  const broker =
    bus === 'memory'
      ? memoryBroker(timers)
      : await natsBroker(
          testClusterName,
          nodes,
          { ...virtualHost({ seed }), clock: new SystemClock(), timers },
          etcd && 'apiserver',
        );
  const cluster = new TestCluster({
    plans: planTestCluster(options, {
      nodes,
      certificates,
      apiPorts,
      ...(etcd && { etcd: { endpoints: etcd.endpoints, prefix: '' } }),
    }),
    certificates,
    seed,
    time: virtualTime,
    patience,
    broker,
    etcd,
    bus: await broker.connect('orrery'),
    disks,
    apiPorts,
    kubeconfig:
      apiPorts.length === 0
        ? undefined
        : kubeconfig({
            cluster: 'test',
            server: `https://127.0.0.1:${apiPorts[0]}`,
            certificateAuthority: certificates.authority.certificate,
            user: 'kubernetes-admin',
            ...certificates.admin,
          }),
  });
  try {
    await cluster.startAll();
  } catch (error) {
    await cluster.close();
    throw error;
  }
  return cluster;
}

/** Where a cluster keeps its objects unless its options say: so that the tests of the API can be run a second time on another storage. */
export function testStorage(): 'orrery' | 'etcd' {
  const name = process.env.ORRERY_TEST_STORAGE ?? 'orrery';
  if (name !== 'orrery' && name !== 'etcd') throw new Error(`ORRERY_TEST_STORAGE is orrery or etcd, not "${name}"`);
  return name;
}

/** HTTPS ports of the API servers. */
async function portsOf(https: TestClusterOptions['https'], apiServers: number): Promise<number[]> {
  if (https === undefined || https === false) return [];
  const ports = https === true ? [] : [https.apiPort];
  while (ports.length < apiServers) ports.push(await freePort());
  return ports;
}
