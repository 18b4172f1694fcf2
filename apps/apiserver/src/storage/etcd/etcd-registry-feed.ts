import { type Bus, openRegistryLog, type Subjects } from '@orrery/bus';
import { etcdserverpb } from '@orrery/proto/etcd';
import { type EtcdAccess, EtcdRevisionSource, RegistryLogPublisher } from '@orrery/registry-log';
import type { Host } from '@orrery/runtime';
import { EtcdCallError } from './etcd-client.driver.ts';
import { revisionOf } from './etcd-connection.ts';
import type { EtcdStorage } from './etcd-storage.ts';
import { WatchLag } from './watch-lag.ts';

/** How long an API server leaves the registry log to another one before it looks whether that one goes on. Reads wait for their state up to 3 s. */
const standbyMs = 500;

/** Feeds the registry log from etcd. Every API server does; of those one gets through, and the others stand by. */
export class EtcdRegistryFeed {
  private readonly source: EtcdRevisionSource;
  private readonly publisher: RegistryLogPublisher;
  private forgetReconnects: (() => void) | undefined;

  constructor(
    storage: EtcdStorage,
    private readonly bus: Bus,
    subjects: Subjects,
    { timers, logger }: Host,
  ) {
    const access = etcdAccess(storage, new WatchLag(timers));
    this.source = new EtcdRevisionSource({ access, prefix: storage.config.prefix, timers, logger });
    this.publisher = new RegistryLogPublisher({
      openLog: () => openRegistryLog(bus, subjects),
      source: this.source,
      subjects,
      timers,
      logger,
      leads: () => true,
      standbyMs,
    });
    this.source.onProgress = () => this.publisher.wake();
  }

  /** Why nothing can be published at the moment, or `undefined`. */
  problem(): string | undefined {
    const { failing } = this.publisher;
    return failing && `registry log: ${failing.message}`;
  }

  start(): void {
    this.forgetReconnects = this.bus.onReconnect(() => this.publisher.lookAgain());
    this.publisher.start();
  }

  stop(): void {
    this.forgetReconnects?.();
    this.publisher.stop();
    this.source.rest();
  }
}

function etcdAccess({ client, connection, store, config }: EtcdStorage, lag: WatchLag): EtcdAccess {
  connection.onRevision = (revision) => lag.know(revision);
  const touched = etcdserverpb.PutRequest.fromPartial({ key: Buffer.from(`${config.prefix}/registry-log-touched`) });
  return {
    newestRevision: () => store.currentRevision(),
    touch: async () => revisionOf(await connection.call(etcdserverpb.KVService.put, touched)),
    async *watch(create, signal) {
      lag.opening(create.startRevision ?? 0);
      try {
        for await (const response of client.watch(create, signal)) {
          if (response.created) lag.opened(response.header?.revision ?? 0);
          yield response;
          lag.show(response.events.at(-1)?.kv?.modRevision ?? 0);
        }
      } catch (error) {
        if (error instanceof EtcdCallError) client.moveOn(error.endpoint);
        throw error;
      } finally {
        lag.closed();
      }
    },
  };
}
