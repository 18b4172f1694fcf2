import type { Service } from '@orrery/service';
import type { ContainerRuntimeConfig } from './container-runtime.config.ts';
import { containerRuntimeModule } from './container-runtime.module.ts';

export const containerRuntimeService: Service<ContainerRuntimeConfig> = {
  name: 'container-runtime',
  module: containerRuntimeModule,
};
