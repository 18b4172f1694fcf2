import type { ConfigMap, Secret } from '@orrery/api';

/** Where a pod's ConfigMaps and Secrets come from. */
export interface ObjectSource {
  configMap(namespace: string, name: string): Promise<ConfigMap | undefined>;
  secret(namespace: string, name: string): Promise<Secret | undefined>;
}
