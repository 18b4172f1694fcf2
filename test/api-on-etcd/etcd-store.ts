import { SystemClock, SystemTimers, type VirtualTime } from '@orrery/runtime';
import { MetricsRegistry } from '@orrery/service';
import { EtcdCluster } from '@orrery/testing';
import { StorageMetrics } from '../../apps/apiserver/src/metrics/storage-metrics.ts';
import type { EtcdConfig } from '../../apps/apiserver/src/storage/etcd/etcd-config.ts';
import { EtcdStorage } from '../../apps/apiserver/src/storage/etcd/etcd-storage.ts';
import type { KeyValueStore } from '../../apps/apiserver/src/storage/key-value-store.ts';

/** A store with what it stands on. */
export interface OpenStore {
  readonly store: KeyValueStore;
  close(): Promise<void>;
}

const realTime = { clock: new SystemClock(), timers: new SystemTimers() };

/** Debian's etcd with one member, below a prefix. */
export async function etcdStore(): Promise<OpenStore> {
  const etcd = await EtcdCluster.start();
  const storage = etcdStorage({ endpoints: etcd.endpoints, prefix: '/contract' });
  return {
    store: storage.store,
    close: async () => {
      storage.close();
      await etcd.close();
    },
  };
}

/** `writer`: unique among those that write there. */
export function etcdStorage(config: EtcdConfig, writer = 'test-writer'): EtcdStorage {
  return new EtcdStorage(config, writer, new StorageMetrics(new MetricsRegistry(), realTime.clock), realTime);
}

/** Its patience and its pauses are of virtual time, its requests take none. */
export function etcdStorageInVirtualTime(config: EtcdConfig, time: VirtualTime, writer = 'test-writer'): EtcdStorage {
  const metrics = new StorageMetrics(new MetricsRegistry(), time);
  return new EtcdStorage(config, writer, metrics, { clock: time, timers: time });
}
