import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Bus, Subjects } from '@orrery/bus';
import type { Host, Logger } from '@orrery/runtime';
import type { HealthCheck } from '@orrery/service';
import { type ApiServerParts, assemble } from './assembly.ts';
import type { ApiServerConfig } from './config/api-server-config.ts';

/** Starts and stops the parts: cache first, then what the cluster needs to exist, then the faces. */
export class ApiServer implements OnApplicationBootstrap, BeforeApplicationShutdown, HealthCheck {
  readonly checkName = 'cache';
  private readonly parts: ApiServerParts;
  private readonly logger: Logger;
  private stopped: Promise<void> | undefined;

  constructor(config: ApiServerConfig, host: Host, bus: Bus, subjects: Subjects) {
    this.logger = host.logger;
    this.parts = assemble(config, host, bus, subjects);
  }

  health(): string | undefined {
    if (!this.parts.cache.filled) return 'the cache is not filled yet';
    return this.parts.etcd?.feed.problem();
  }

  /** The HTTPS port in use. */
  get port(): number | undefined {
    return this.parts.https?.port;
  }

  async onApplicationBootstrap(): Promise<void> {
    try {
      await this.start();
    } catch (error) {
      await this.beforeApplicationShutdown();
      throw error;
    }
  }

  private async start(): Promise<void> {
    const { etcd, cache, bootstrap, addressRepair, definitions, policyStatus } = this.parts;
    const { busFace, https, flowController, keeper, phase, aggregation } = this.parts;
    await etcd?.storage.connection.mustAnswer(this.logger);
    etcd?.feed.start();
    await cache.start();
    etcd?.compaction.start();
    flowController.start();
    await https?.start();
    await bootstrap.start();
    await aggregation.bootstrap();
    phase.bootstrapped = true;
    keeper.start();
    addressRepair.start();
    definitions?.start();
    policyStatus?.start();
    aggregation.start();
    await busFace.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    this.stopped ??= this.stop().finally(() => this.leaveEtcd());
    return this.stopped;
  }

  /** Whatever else went wrong: who is cut off from the bus must not go on at etcd. */
  private leaveEtcd(): void {
    const { etcd } = this.parts;
    etcd?.compaction.stop();
    etcd?.feed.stop();
    etcd?.storage.close();
  }

  private async stop(): Promise<void> {
    const {
      cache,
      addressRepair,
      definitions,
      policyStatus,
      busFace,
      https,
      webhooks,
      flowController,
      keeper,
      auditFile,
      phase,
      aggregation,
    } = this.parts;
    phase.stopping = true;
    await busFace.stop();
    await https?.stop();
    await aggregation.stop();
    webhooks.stop();
    await policyStatus?.stop();
    await definitions?.stop();
    await addressRepair.stop();
    await keeper.stop();
    flowController.stop();
    await cache.stop();
    await auditFile?.stop();
  }
}
