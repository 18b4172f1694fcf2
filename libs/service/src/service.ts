import type { DynamicModule } from '@nestjs/common';
import type { Bus, Subjects } from '@orrery/bus';
import type { Host } from '@orrery/runtime';

/** All that a service gets from outside. The same for a process of its own and for one process with everything. */
export interface ServiceContext {
  /** Time, timers, randomness, disk (the service's own folder) and log. */
  readonly host: Host;
  readonly bus: Bus;
  /** The subjects of this cluster. */
  readonly subjects: Subjects;
  /** Unique among the instances of one service: `storage-1`, `node-1`. */
  readonly instance: string;
}

/**
 * What an app offers to a launcher through its `src/index.ts`. The module's providers start in `onApplicationBootstrap`, which resolves
 * when the service is ready to work (its ports are open, its subjects served), and stop in `beforeApplicationShutdown`.
 */
export interface Service<Config> {
  readonly name: string;
  module(config: Config, context: ServiceContext): DynamicModule;
}

/** A provider that takes part in the service's health, found by this token-less contract: `health()` on any provider. */
export interface HealthCheck {
  readonly checkName: string;
  /** Why the part is not healthy, or `undefined` when it is. */
  health(): string | undefined;
}

/** Injection tokens of what every service gets. */
export const HOST = Symbol('HOST');
export const BUS = Symbol('BUS');
export const SUBJECTS = Symbol('SUBJECTS');
export const INSTANCE = Symbol('INSTANCE');
/** Injection token of the service's own configuration. */
export const CONFIG = Symbol('CONFIG');

/** The providers behind the tokens above, for an app's module. */
export function contextProviders<Config>(
  config: Config,
  context: ServiceContext,
): { provide: symbol; useValue: unknown }[] {
  return [
    { provide: CONFIG, useValue: config },
    { provide: HOST, useValue: context.host },
    { provide: BUS, useValue: context.bus },
    { provide: SUBJECTS, useValue: context.subjects },
    { provide: INSTANCE, useValue: context.instance },
  ];
}
