import 'reflect-metadata';
import type { INestApplicationContext, LoggerService } from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import type { Subscription } from '@orrery/bus';
import { statusv1 } from '@orrery/proto';
import type { Logger } from '@orrery/runtime';
import type { HealthCheck, Service, ServiceContext } from './service.ts';

/** What is the same for all instances in a process. */
export interface ProcessFacts {
  readonly processId: number;
  readonly version: string;
}

/** A service that has started. */
export interface RunningService {
  readonly name: string;
  readonly instance: string;
  status(): statusv1.StatusResponse;
  /** Ends what the service does, in the reverse order of its start. May be called twice. */
  stop(): Promise<void>;
}

/** Creates the service's Nest application, waits until it is ready for work and lets it answer status questions on the bus. */
export async function startService<Config>(
  service: Service<Config>,
  config: Config,
  context: ServiceContext,
  facts: ProcessFacts,
): Promise<RunningService> {
  const { bus, subjects, instance, host } = context;
  const logger = host.logger.child({ service: service.name, instance });
  const startedAt = host.clock.now();
  const app = await NestFactory.createApplicationContext(service.module(config, context), {
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  const status = (): statusv1.StatusResponse => {
    const checks = healthChecksOf(app).map((part) => {
      const problem = part.health();
      return { name: part.checkName, healthy: problem === undefined, message: problem ?? '' };
    });
    return {
      service: service.name,
      instance,
      version: facts.version,
      processId: facts.processId,
      startedAtMs: startedAt,
      healthy: checks.every((check) => check.healthy),
      checks,
    };
  };
  let answers: Subscription;
  try {
    answers = await bus.serve(subjects.status(service.name, instance), () =>
      statusv1.StatusResponse.encode(status()).finish(),
    );
  } catch (error) {
    await app.close();
    throw error;
  }
  logger.info('service started', { tookMs: host.clock.now() - startedAt });

  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await answers.stop();
    await app.close();
    logger.info('service stopped');
  };
  return {
    name: service.name,
    instance,
    status,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

function healthChecksOf(app: INestApplicationContext): HealthCheck[] {
  const checks = new Set<HealthCheck>();
  for (const module of app.get(ModulesContainer).values()) {
    for (const { instance } of module.providers.values()) {
      if (isHealthCheck(instance)) checks.add(instance);
    }
  }
  return [...checks];
}

function isHealthCheck(candidate: unknown): candidate is HealthCheck {
  if (typeof candidate !== 'object' || candidate === null) return false;
  return 'checkName' in candidate && 'health' in candidate && typeof candidate.health === 'function';
}

/** Nest reports its own start step by step; only its troubles concern an operator. */
class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(): void {}

  warn(message: unknown): void {
    this.logger.warn('nest warning', { message });
  }

  error(message: unknown, ...details: unknown[]): void {
    this.logger.error('nest error', { message, details });
  }
}
