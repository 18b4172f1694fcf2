import { type DynamicModule, Module } from '@nestjs/common';
import { contextProviders, type ServiceContext } from '@orrery/service';
import type { ContainerRuntimeConfig } from './container-runtime.config.ts';
import { ContainerRuntime } from './container-runtime.service.ts';
import { CriService } from './cri-service/cri-service.ts';
import type { RuntimeDriver } from './cri-service/runtime-driver.ts';
import { createDriver } from './drivers.ts';
import type { StreamingServer } from './streaming/streaming-server.ts';

export const DRIVER = Symbol('DRIVER');
export const STREAMING = Symbol('STREAMING');

@Module({})
export class ContainerRuntimeModule {}

/** A container runtime: CRI v1 over a driver. */
export function containerRuntimeModule(config: ContainerRuntimeConfig, context: ServiceContext): DynamicModule {
  const { host } = context;
  return {
    module: ContainerRuntimeModule,
    providers: [
      ...contextProviders(config, context),
      { provide: DRIVER, useFactory: () => createDriver(config.driver, host) },
      {
        provide: STREAMING,
        inject: [DRIVER],
        useFactory: async (driver: RuntimeDriver): Promise<StreamingServer | undefined> => {
          if (!config.streaming) return undefined;
          const { HttpStreamingServer } = await import('./streaming/http-streaming-server.driver.ts');
          return new HttpStreamingServer(config.streaming, driver, host);
        },
      },
      {
        provide: CriService,
        inject: [DRIVER, { token: STREAMING, optional: true }],
        useFactory: (driver: RuntimeDriver, streaming?: StreamingServer) => new CriService(host, driver, streaming),
      },
      {
        provide: ContainerRuntime,
        inject: [CriService, { token: STREAMING, optional: true }],
        useFactory: (cri: CriService, streaming?: StreamingServer) =>
          new ContainerRuntime(config.endpoint, cri, streaming),
      },
    ],
  };
}
