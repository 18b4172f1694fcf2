import type { DynamicModule } from '@nestjs/common';
import { contextProviders, type Service } from '@orrery/service';
import type { StorageConfig } from './storage-config.ts';
import { StorageMember } from './storage-member.ts';

class StorageModule {}

/** Keeps the cluster's state: write-ahead log, Raft, key-value store, and the publisher of the registry log. */
export const storageService: Service<StorageConfig> = {
  name: 'storage',
  module: (config, context): DynamicModule => ({
    module: StorageModule,
    providers: [
      ...contextProviders(config, context),
      {
        provide: StorageMember,
        useFactory: () => new StorageMember(config, context.host, context.bus, context.subjects),
      },
    ],
  }),
};
