export { kubeProxyService } from './kube-proxy.module.ts';
export type { KubeProxyConfig } from './kube-proxy-config.ts';
export { cleanupKubeProxy } from './proxier/proxier.ts';
