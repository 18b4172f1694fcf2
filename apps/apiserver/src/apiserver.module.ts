import type { DynamicModule } from '@nestjs/common';
import { BUS, contextProviders, HOST, type ServiceContext, SUBJECTS } from '@orrery/service';
import { ApiServer } from './api-server.ts';
import type { ApiServerConfig } from './config/api-server-config.ts';

type Context = ServiceContext;

class ApiServerModule {}

/** The API server: one provider that puts its parts together (`assembly.ts`), starts them in order and stops them in reverse. */
export function apiServerModule(config: ApiServerConfig, context: ServiceContext): DynamicModule {
  return {
    module: ApiServerModule,
    providers: [
      ...contextProviders(config, context),
      {
        provide: ApiServer,
        useFactory: (host: Context['host'], bus: Context['bus'], subjects: Context['subjects']) =>
          new ApiServer(config, host, bus, subjects),
        inject: [HOST, BUS, SUBJECTS],
      },
    ],
  };
}
