import type { Clock, Timers } from '@orrery/runtime';
import type { StorageMetrics } from '../../metrics/storage-metrics.ts';
import { EtcdClient } from './etcd-client.driver.ts';
import type { EtcdConfig } from './etcd-config.ts';
import { EtcdConnection } from './etcd-connection.ts';
import { EtcdKeyValueStore } from './etcd-key-value-store.ts';
import { ExactlyOnceWriter } from './exactly-once-writer.ts';

/** What an API server has of an etcd cluster. Connects at the first request. */
export class EtcdStorage {
  readonly client: EtcdClient;
  readonly connection: EtcdConnection;
  readonly store: EtcdKeyValueStore;

  /** `writer`: unique among all that ever write to this etcd. */
  constructor(
    readonly config: EtcdConfig,
    writer: string,
    metrics: StorageMetrics,
    host: { readonly clock: Clock; readonly timers: Timers },
  ) {
    this.client = new EtcdClient(config, host.timers);
    this.connection = new EtcdConnection(this.client, host);
    const fenceKey = new TextEncoder().encode(`${config.prefix}/fences/${writer}`);
    const once = new ExactlyOnceWriter(this.connection, fenceKey, host.timers);
    this.store = new EtcdKeyValueStore(this.connection, once, config.prefix, metrics);
  }

  close(): void {
    this.client.close();
  }
}
