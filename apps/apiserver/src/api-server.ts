import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Bus, Subjects } from '@orrery/bus';
import type { Host } from '@orrery/runtime';
import type { HealthCheck } from '@orrery/service';
import { type ApiServerParts, assemble } from './assembly.ts';
import type { ApiServerConfig } from './config/api-server-config.ts';

/** Starts and stops the parts: cache first, then what the cluster needs to exist, then the faces. */
export class ApiServer implements OnApplicationBootstrap, BeforeApplicationShutdown, HealthCheck {
  readonly checkName = 'cache';
  private readonly parts: ApiServerParts;
  private stopped: Promise<void> | undefined;

  constructor(config: ApiServerConfig, host: Host, bus: Bus, subjects: Subjects) {
    this.parts = assemble(config, host, bus, subjects);
  }

  health(): string | undefined {
    return this.parts.cache.filled ? undefined : 'the cache is not filled yet';
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
    const { cache, bootstrap, addressRepair, definitions, policyStatus } = this.parts;
    const { busFace, https, flowController, keeper, phase, aggregation } = this.parts;
    await cache.start();
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
    this.stopped ??= this.stop();
    return this.stopped;
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
