export { type KubeletSettings, kubeletProcess } from './kubelet.process.ts';
export { kubeletService } from './kubelet.service.ts';
export type { KubeletConfig, KubeletHttpsConfig } from './kubelet-config.ts';
export { type Machine, simulatedMachine } from './node/machine.ts';
export type { GrpcProbe, HttpProbe, ProbeNetwork, ProbeTarget, TcpProbe } from './probes/probe-network.ts';
export { HostVolumes } from './volumes/host-volumes.driver.ts';
export { MemoryVolumes } from './volumes/memory-volumes.ts';
export type { VolumeDriver } from './volumes/volume-driver.ts';
