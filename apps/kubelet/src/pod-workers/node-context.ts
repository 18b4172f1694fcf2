import type { Service } from '@orrery/api';
import type { ApiClient } from '@orrery/client';
import type { Cri } from '@orrery/cri';
import type { Disk, Host } from '@orrery/runtime';
import type { PodRuntime } from '../cri/pod-runtime.ts';
import type { ObjectSource } from '../environment/object-source.ts';
import type { PodEvents } from '../events/pod-events.ts';
import type { ImagePuller } from '../images/image-puller.ts';
import type { ProbeNetwork } from '../probes/probe-network.ts';
import type { PodFolders } from '../volumes/pod-folders.ts';
import type { PodVolumes } from '../volumes/pod-volumes.ts';
import type { VolumeDriver } from '../volumes/volume-driver.ts';
import type { SandboxSettings } from './sandbox-config.ts';
import type { StatusWriter } from './status-writer.ts';

/** What all pod workers of one node share. */
export interface NodeContext {
  readonly host: Host;
  readonly api: ApiClient;
  readonly events: PodEvents;
  readonly cri: Cri;
  readonly runtime: PodRuntime;
  /** Prefix of container ids. */
  readonly runtimeName: string;
  readonly images: ImagePuller;
  readonly volumes: PodVolumes;
  readonly volumeDriver: VolumeDriver;
  readonly folders: PodFolders;
  readonly objects: ObjectSource;
  readonly statuses: StatusWriter;
  readonly probeNetwork: ProbeNetwork;
  readonly podLogs: Disk;
  readonly sandbox: SandboxSettings;
  readonly nodeIp: string;
  readonly machineHosts: string;
  readonly allocatable: Readonly<Record<string, string>>;
  readonly memoryCapacity: number;
  services(): readonly Service[];
}
