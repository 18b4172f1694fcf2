import type { Service } from '@orrery/service';
import { apiServerModule } from './apiserver.module.ts';
import type { ApiServerConfig } from './config/api-server-config.ts';

export { AuditPolicyError, readAuditPolicy } from './audit/read-audit-policy.ts';
export type { ApiServerConfig } from './config/api-server-config.ts';
export type { EtcdConfig } from './storage/etcd/etcd-config.ts';
export { type EtcdUrl, EtcdUrlError, parseEtcdUrl } from './storage/etcd/etcd-url.ts';

export const apiServerService: Service<ApiServerConfig> = {
  name: 'apiserver',
  module: (config, context) => apiServerModule(config, context),
};
