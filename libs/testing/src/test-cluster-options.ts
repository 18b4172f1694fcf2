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
  /** Names of the controllers that run: `*` for all, `-name` for all but one, as upstream's `--controllers`. Default `['*']`. */
  readonly controllers?: readonly string[];
  /** Opens the API's HTTPS port on loopback, for kubectl and other clients: real I/O, so not for repeatable histories. Default no. */
  readonly https?: boolean;
}
