import type { ServicePlan } from '@orrery/orrery';
import type { MemoryDisk } from '@orrery/runtime';

/** `storage`, `apiserver`, `controller-manager`, `scheduler`, `container-runtime`, `kubelet`. */
export type TestServiceName = ServicePlan['service'];

/** Settings by service; what is left out stays as the cluster has it. */
export type TestSettings = {
  readonly [Name in TestServiceName]?: Partial<Extract<ServicePlan, { readonly service: Name }>['settings']>;
};

/** How a cluster in a test is to be. Everything has a default: `startCluster()` is a whole cluster with one node. */
export interface TestClusterOptions {
  /** Same seed, same history. Default 1. */
  readonly seed?: number;
  /**
   * `virtual`: time stands still until the test moves it (`cluster.time`), and nothing depends on the machine. `real`: time passes by itself.
   * Default `virtual`.
   */
  readonly time?: 'virtual' | 'real';
  /** `nats`: a NATS server as a child process, with each service's own user; in real time only. Default `memory`. */
  readonly bus?: 'memory' | 'nats';
  /** Simulated nodes. Default 1; 0 for tests of controllers that need none. */
  readonly nodes?: number;
  /** Storage members. Default 1. */
  readonly storageReplicas?: 1 | 3 | 5;
  /**
   * `etcd`: objects are kept by a real etcd as a child process, and no storage member runs; also in virtual time, which waits for it. Default: what the
   * environment variable `ORRERY_TEST_STORAGE` says, else `orrery`.
   */
  readonly storage?: 'orrery' | 'etcd';
  /** API servers, which share the requests over the bus; each has an HTTPS port of its own where there are any. Default 1. */
  readonly apiServers?: number;
  /** The services that there are; for tests in which the others would be in the way. Default: all. */
  readonly services?: readonly TestServiceName[];
  /** Names of the controllers that run: `*` for all, `-name` for all but one, as upstream's `--controllers`. Default `['*']`. */
  readonly controllers?: readonly string[];
  /** How much virtual time a start or a wait may take before it counts as stuck. Default `5m`. */
  readonly patience?: string;
  /** Settings that shall differ from the cluster's own, for all instances of a service. */
  readonly settings?: TestSettings;
  /**
   * Opens the HTTPS ports of API and kubelets on loopback, for kubectl and other clients: real I/O, so not for repeatable histories. The API's ports are
   * free ones unless the first API server's is named. Default no.
   */
  readonly https?: boolean | { readonly apiPort: number };
  /** The disks of a cluster that was closed (`cluster.disks`): this one goes on where that one ended. Take another seed. Default: empty disks. */
  readonly disks?: ReadonlyMap<string, MemoryDisk>;
}
