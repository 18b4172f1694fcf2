import { type DynamicModule, Module } from '@nestjs/common';
import { contextProviders, type ServiceContext } from '@orrery/service';
import type { ControllerManagerConfig } from './config/controller-manager-config.ts';
import { ControllerManager } from './leading/controller-manager.ts';

/** The controllers themselves stand in `leading/controllers.ts`. */
@Module({})
// biome-ignore lint/complexity/noStaticOnlyClass: the form of a dynamic Nest module
export class ControllerManagerModule {
  static register(config: ControllerManagerConfig, context: ServiceContext): DynamicModule {
    return {
      module: ControllerManagerModule,
      providers: [
        ...contextProviders(config, context),
        { provide: ControllerManager, useFactory: () => new ControllerManager(config, context) },
      ],
    };
  }
}
