import type { Bus, Subjects } from '@orrery/bus';
import type { Host } from '@orrery/runtime';
import type { ApiServerConfig } from '../config/api-server-config.ts';
import type { StorageMetrics } from '../metrics/storage-metrics.ts';
import { BusKeyValueStore } from './bus-key-value-store.ts';
import { EtcdCompaction } from './etcd/etcd-compaction.ts';
import { EtcdRegistryFeed } from './etcd/etcd-registry-feed.ts';
import { EtcdStorage } from './etcd/etcd-storage.ts';
import type { KeyValueStore } from './key-value-store.ts';
import { StorageConnection } from './storage-connection.ts';

export interface StorageParts {
  readonly store: KeyValueStore;
  readonly etcd: EtcdParts | undefined;
}

/** What an API server does itself where etcd keeps the objects, because no storage service is there to do it. */
export interface EtcdParts {
  readonly storage: EtcdStorage;
  readonly feed: EtcdRegistryFeed;
  readonly compaction: EtcdCompaction;
}

export interface StorageChoice {
  readonly config: Pick<ApiServerConfig, 'etcd'>;
  readonly metrics: StorageMetrics;
  readonly host: Host;
  readonly bus: Bus;
  readonly subjects: Subjects;
  /** The newest revision that is known to stand in the registry log. */
  readonly publishedRevision: () => number;
}

/** Our own storage service over the bus, or an etcd cluster. Starts nothing. */
export function assembleStorage(choice: StorageChoice): StorageParts {
  const { config, metrics, host, bus, subjects, publishedRevision } = choice;
  if (config.etcd === undefined) {
    return { store: new BusKeyValueStore(new StorageConnection(bus, subjects, host), metrics), etcd: undefined };
  }
  const storage = new EtcdStorage(config.etcd, host.ids.uuid(), metrics, host);
  const { timers, logger } = host;
  const compaction = new EtcdCompaction({ connection: storage.connection, timers, logger, spent: publishedRevision });
  return {
    store: storage.store,
    etcd: { storage, feed: new EtcdRegistryFeed(storage, bus, subjects, host), compaction },
  };
}
