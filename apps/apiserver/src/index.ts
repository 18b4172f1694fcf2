import type { Service } from '@orrery/service';
import { apiServerModule } from './apiserver.module.ts';
import type { ApiServerConfig } from './config/api-server-config.ts';

export { AuditPolicyError, readAuditPolicy } from './audit/read-audit-policy.ts';
export type { ApiServerConfig } from './config/api-server-config.ts';

export const apiServerService: Service<ApiServerConfig> = {
  name: 'apiserver',
  module: (config, context) => apiServerModule(config, context),
};
