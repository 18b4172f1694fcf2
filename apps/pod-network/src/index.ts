export { IpNodeNetwork } from './node-network/ip-node-network.ts';
export { podNetworkService } from './pod-network.module.ts';
export { type PodNetworkSettings, podNetworkProcess } from './pod-network.process.ts';
export { cleanupPodNetwork } from './pod-network-agent/pod-network-agent.ts';
export type { PodNetworkConfig } from './pod-network-config.ts';
