import type { DynamicModule } from '@nestjs/common';
import { ApiEventRecorder, BusApiClient, createInformers, LeaderElection } from '@orrery/client';
import { contextProviders, type Service, type ServiceContext } from '@orrery/service';
import { Scheduler } from './scheduler/scheduler.ts';
import type { SchedulerConfig } from './scheduler-config.ts';

class SchedulerModule {}

/** Starts the scheduler, alone or as one of several candidates. */
class SchedulerRunner {
  constructor(
    private readonly scheduler: Scheduler,
    private readonly election: LeaderElection | undefined,
    private readonly alone = new AbortController(),
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.scheduler.start();
    if (this.election) this.election.start((signal) => this.scheduler.lead(signal));
    else void this.scheduler.lead(this.alone.signal);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.alone.abort();
    await this.election?.stop();
    await this.scheduler.stop();
  }
}

function runner(config: SchedulerConfig, { bus, subjects, host, instance }: ServiceContext): SchedulerRunner {
  const schedulerName = config.schedulerName ?? 'default-scheduler';
  const api = new BusApiClient(bus, subjects, 'system:kube-scheduler', { timers: host.timers });
  const scheduler = new Scheduler({
    schedulerName,
    api,
    host,
    informers: createInformers({ api, bus, subjects, host }),
    events: new ApiEventRecorder(api, host, { component: schedulerName }),
  });
  const lease = { namespace: 'kube-system', name: 'kube-scheduler' };
  return new SchedulerRunner(
    scheduler,
    config.leaderElect ? new LeaderElection(api, host, { lease, identity: instance }) : undefined,
  );
}

/** Chooses nodes for pods. */
export const schedulerService: Service<SchedulerConfig> = {
  name: 'scheduler',
  module: (config, context): DynamicModule => ({
    module: SchedulerModule,
    providers: [
      ...contextProviders(config, context),
      { provide: SchedulerRunner, useFactory: () => runner(config, context) },
    ],
  }),
};
