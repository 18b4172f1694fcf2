import type { Bus, Subjects } from '@orrery/bus';
import { type FrozenStore, type KvStore, Quota } from '@orrery/kv';
import type { Host, Logger, Milliseconds } from '@orrery/runtime';
import { BackupService } from '../backup/backup-service.ts';
import { EtcdFace } from '../etcd-face/etcd-face.ts';
import { ETCD_CLUSTER_VERSION, ETCD_VERSION } from '../etcd-face/etcd-version.ts';
import { identifierOf } from '../etcd-face/translation/identifiers.ts';
import { MemberWatches } from '../etcd-face/watch/member-watches.ts';
import { KeyValueService } from '../key-value-service/key-value-service.ts';
import { EtcdMetrics } from '../metrics/etcd-metrics.ts';
import type { Consensus } from '../request-executor/consensus.ts';
import { memberStatus } from '../request-executor/member-status.ts';
import type { ReplicatedState } from '../request-executor/replicated-state.ts';
import { type LeaseTimes, RequestExecutor } from '../request-executor/request-executor.ts';
import { ELECTION_TIMEOUT_MS, type StorageConfig } from '../storage-config.ts';

export interface MemberFacesParts {
  readonly config: StorageConfig;
  readonly host: Host;
  readonly logger: Logger;
  readonly bus: Bus;
  readonly subjects: Subjects;
  readonly node: Consensus;
  readonly state: ReplicatedState;
  readonly store: KvStore;
  readonly leases: LeaseTimes;
  readonly publishedRevision: () => number;
  /** How long a change waits for a leader to be found. */
  readonly patienceMs: Milliseconds;
  /** The state as it is now, for a backup. */
  readonly freeze: () => FrozenStore;
}

/** What others see of a member: requests on the bus, and etcd's API where it is configured. Both have the same executor behind them. */
export class MemberFaces {
  readonly metrics: EtcdMetrics;
  /** Of the member's store, whoever asks. */
  readonly watches: MemberWatches;
  readonly #quota: Quota;
  #leaderSeen = '';
  readonly #executor: RequestExecutor;
  readonly #bus: KeyValueService;
  readonly #backups: BackupService;
  readonly #etcd: EtcdFace | undefined;

  constructor(private readonly parts: MemberFacesParts) {
    const { config, host, logger, bus, subjects, node, store, freeze } = parts;
    const { member } = config;
    const { clock, timers } = host;
    this.#quota = new Quota(config.quotaBytes);
    this.watches = new MemberWatches(store, timers);
    this.metrics = new EtcdMetrics(() => this.#facts());
    this.#executor = new RequestExecutor({
      ...parts,
      member,
      clock,
      timers,
      quota: this.#quota,
    });
    this.#bus = new KeyValueService({ member, bus, subjects, executor: this.#executor });
    const readBarrier = (): Promise<unknown> => node.readBarrier();
    this.#backups = new BackupService({ bus, subjects, timers, logger, readBarrier, freeze });
    if (config.etcd === undefined) return;
    this.#etcd = new EtcdFace({
      config: config.etcd,
      cluster: subjects.cluster,
      member,
      executor: this.#executor,
      watches: this.watches,
      metrics: this.metrics,
      timers,
      random: host.random,
      logger,
      leads: () => node.isLeader,
      isLearner: () => node.configuration.learners.includes(member),
      hasLeader: () => node.leader !== '',
      leaderPatienceMs: 3 * (config.electionTimeoutMs ?? ELECTION_TIMEOUT_MS),
      term: () => node.term,
      health: () => problemOf(node),
      backup: () => this.#backups.open(),
    });
  }

  /** Where etcd's clients are served; `undefined` where they are not. */
  get etcdAddress(): string | undefined {
    return this.#etcd?.address;
  }

  /** Something was applied, or the leadership changed. */
  wake(): void {
    const { leader } = this.parts.node;
    if (leader !== '' && leader !== this.#leaderSeen) {
      this.#leaderSeen = leader;
      this.metrics.leaderChanges.add();
    }
    this.watches.wake();
  }

  async start(): Promise<void> {
    await this.#bus.start();
    await this.#backups.start();
    await this.#etcd?.start();
  }

  async stop(): Promise<void> {
    this.#executor.stop();
    await this.#etcd?.stop();
    await this.#backups.stop();
    await this.#bus.stop();
  }

  #facts() {
    const { config, node, state } = this.parts;
    const { member } = config;
    const parts = { ...this.parts, member, quota: this.#quota };
    const { leader, isLearner, raftIndex, raftApplied, ...store } = memberStatus(parts);
    return {
      memberId: identifierOf(config.member),
      version: ETCD_VERSION,
      clusterVersion: ETCD_CLUSTER_VERSION,
      hasLeader: leader !== '',
      isLeader: node.isLeader,
      isLearner,
      committedIndex: raftIndex,
      appliedIndex: raftApplied,
      pendingProposals: Math.max(0, raftIndex - raftApplied),
      quotaBytes: store.quotaBytes,
      bytesAllocated: store.bytesAllocated,
      bytesUsed: store.bytesUsed,
      keys: store.keys,
      revision: state.revision,
      compactRevision: store.compactRevision,
      watches: this.#etcd?.watchCounts ?? NO_WATCHES,
    };
  }
}

const NO_WATCHES = { streams: 0, watchers: 0, slow: 0 };

/** As clients of the store see it: a broker that does not take the registry log is no trouble of theirs. */
function problemOf({ failure, diskIsFull, leader }: Consensus): string | undefined {
  if (failure !== undefined) return failure.message;
  if (diskIsFull) return 'the disk is full, writes are refused';
  return leader === '' ? 'RAFT NO LEADER' : undefined;
}
