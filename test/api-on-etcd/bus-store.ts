import { MetricsRegistry } from '@orrery/service';
import { startCluster } from '@orrery/testing';
import { StorageMetrics } from '../../apps/apiserver/src/metrics/storage-metrics.ts';
import { BusKeyValueStore } from '../../apps/apiserver/src/storage/bus-key-value-store.ts';
import { StorageConnection } from '../../apps/apiserver/src/storage/storage-connection.ts';
import type { OpenStore } from './etcd-store.ts';

/** Our own storage service with one member, over the bus. */
export async function busStore(): Promise<OpenStore> {
  const cluster = await startCluster({ services: ['storage'], time: 'real' });
  const { bus, subjects, host } = await cluster.connect('contract');
  const metrics = new StorageMetrics(new MetricsRegistry(), host.clock);
  const store = new BusKeyValueStore(new StorageConnection(bus, subjects, host), metrics);
  return { store, close: () => cluster.close() };
}
