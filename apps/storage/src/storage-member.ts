import type { Bus, Subjects, Subscription } from '@orrery/bus';
import type { Watching, WatchRequest, WatchSink } from '@orrery/kv';
import { decodeMessage, encodedEntry, encodeMessage, Raft, type RaftStatus, votersOnly } from '@orrery/raft';
import type { Host } from '@orrery/runtime';
import type { HealthCheck } from '@orrery/service';
import { GradualFreeing } from './compaction/gradual-freeing.ts';
import { TAKEN_FOR_ANOTHER } from './consensus/mistaken-identity.ts';
import { RaftNode } from './consensus/raft-node.ts';
import { SnapshotKeeper } from './consensus/snapshot-keeper.ts';
import { type DataFolder, openDataFolder } from './data-folder/open-data-folder.ts';
import { MemberFaces } from './faces/member-faces.ts';
import { LeaderDuties } from './leader-duties/leader-duties.ts';
import { measuredLog } from './metrics/measured-log.ts';
import { replicatedState } from './request-executor/replicated-state.ts';
import { StateMachine } from './state-machine/state-machine.ts';
import {
  checkStorageConfig,
  ELECTION_TIMEOUT_MS,
  HEARTBEAT_MS,
  KEPT_ENTRIES_MAX,
  SNAPSHOT_AFTER_BYTES,
  type StorageConfig,
} from './storage-config.ts';

/** Ticks in one heartbeat interval: fine enough that two members seldom ask for votes in the same one. */
const TICKS_PER_HEARTBEAT = 5;
/** How long a change or read waits for a majority; below the patience of those who ask. */
const PATIENCE_MS = 2_500;

/** What is there while the member runs. */
interface Running {
  readonly node: RaftNode;
  readonly data: DataFolder;
  readonly snapshots: SnapshotKeeper;
  readonly faces: MemberFaces;
  readonly transport: Subscription;
  readonly duties: LeaderDuties;
  readonly freeing: GradualFreeing;
}

/** One member of the storage cluster, from disk to bus. */
export class StorageMember implements HealthCheck {
  readonly checkName = 'storage';
  #running: Running | undefined;

  constructor(
    private readonly config: StorageConfig,
    private readonly host: Host,
    private readonly bus: Bus,
    private readonly subjects: Subjects,
  ) {}

  onApplicationBootstrap(): Promise<void> {
    return this.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.stop({ handOver: true });
  }

  /** Resolves when the member answers requests. Throws `DataFormatError`, `ForeignDataError`, `WalCorruptedError` and `WalGapError`. */
  async start(): Promise<void> {
    const { config, host } = this;
    checkStorageConfig(config);
    const state = new StateMachine();
    const data = await this.#openData(state);
    const tickMs = (config.heartbeatMs ?? HEARTBEAT_MS) / TICKS_PER_HEARTBEAT;
    const raft = new Raft({
      id: config.member,
      incarnation: data.incarnation,
      joined: data.joined,
      configuration: data.recovered.firstConfiguration,
      electionTicks: Math.ceil((config.electionTimeoutMs ?? ELECTION_TIMEOUT_MS) / tickMs),
      heartbeatTicks: TICKS_PER_HEARTBEAT,
      random: host.random,
      hardState: data.recovered.hardState,
      snapshot: data.snapshot,
      entries: data.recovered.entries,
    });
    this.#running = await this.#assemble(raft, data, state, tickMs);
    this.#running.node.start();
    await this.#running.faces.start();
  }

  /** Changes that were not acknowledged may or may not be found after the next start. With `handOver` a leader has another one lead before. */
  async stop({ handOver = false } = {}): Promise<void> {
    if (handOver) await this.#running?.node.handOver();
    const running = this.#running;
    this.#running = undefined;
    if (running === undefined) return;
    running.duties.stop();
    running.freeing.stop();
    running.node.stop();
    await running.faces.stop();
    await running.transport.stop();
    await running.snapshots.stop();
    await running.data.snapshots.close();
    await running.data.wal.close();
  }

  health(): string | undefined {
    if (this.#running === undefined) return 'not running';
    const { node, duties } = this.#running;
    if (node.failure !== undefined) return node.failure.message;
    if (node.diskIsFull) return 'the disk is full, writes are refused';
    if (node.leader === '') return node.isTakenForAnother ? TAKEN_FOR_ANOTHER : 'no leader is known';
    return duties.trouble === undefined ? undefined : `registry log: ${duties.trouble.message}`;
  }

  /** Name of the leader as this member knows it; empty where it knows none. */
  get leader(): string {
    return this.#running?.node.leader ?? '';
  }

  /** What Raft knows; `undefined` while the member does not run. */
  get raftStatus(): RaftStatus | undefined {
    return this.#running?.node.status();
  }

  /** Where etcd's clients are served; `undefined` where they are not. */
  get etcdAddress(): string | undefined {
    return this.#running?.faces.etcdAddress;
  }

  #openData(state: StateMachine): Promise<DataFolder> {
    const { config, host, subjects } = this;
    const { member, members, join, dataFolder, log = {} } = config;
    const { segmentBytesMax, allocateBytes } = log;
    return openDataFolder({
      disk: host.disk,
      random: host.random,
      logger: host.logger.child({ member }),
      owner: { cluster: subjects.cluster, member, folder: dataFolder ?? `of storage member ${member}` },
      wal: {
        encodeEntry: encodedEntry,
        ...(segmentBytesMax !== undefined && { segmentBytesMax }),
        ...(allocateBytes !== undefined && { allocateBytes }),
      },
      firstConfiguration: join === true ? undefined : votersOnly(members),
      restore: (chunks) => state.restore(chunks),
    });
  }

  /** A watch of this member's store from within its process; `undefined` while it does not run. Ends with `stop`. Throws `TooManyWatchersError`. */
  watch(request: WatchRequest, sink: WatchSink): Watching | undefined {
    return this.#running?.faces.watches.watch(request, sink);
  }

  async #assemble(raft: Raft, data: DataFolder, state: StateMachine, tickMs: number): Promise<Running> {
    const { config, host, bus, subjects } = this;
    const { clock, timers } = host;
    const logger = host.logger.child({ member: config.member });
    const { wal } = data;
    const snapshots = new SnapshotKeeper({
      raft,
      files: data.snapshots,
      wal,
      state,
      logger,
      afterBytes: config.log?.snapshotAfterBytes ?? SNAPSHOT_AFTER_BYTES,
      keptEntriesMax: config.log?.keptEntriesMax ?? KEPT_ENTRIES_MAX,
      newest: data.snapshot,
      bytesBefore: data.recovered.entries.reduce((sum, { data: { length } }) => sum + length, 0),
    });
    const node: RaftNode = new RaftNode({
      raft,
      wal: measuredLog(wal, clock, () => faces.metrics.walFsync),
      snapshots,
      timers,
      logger,
      tickMs,
      patienceTicks: Math.ceil(PATIENCE_MS / tickMs),
      autoPromote: config.autoPromote ?? false,
      send: (message) => bus.publish(subjects.raft(message.to), encodeMessage(message)),
      apply: (entry) => state.applyEntry(entry),
      onProgress: () => {
        duties.wake();
        faces.wake();
        freeing.wake();
      },
      // Whoever asks is to find another member. Health tells why.
      onFailure: () => void faces.stop(),
    });
    const duties = new LeaderDuties({ config, host, logger, bus, subjects, node, state });
    const faces = new MemberFaces({
      config,
      host,
      logger,
      bus,
      subjects,
      node,
      state: replicatedState(state, timers),
      store: state.store,
      leases: duties.leases,
      publishedRevision: () => duties.publishedRevision,
      patienceMs: PATIENCE_MS,
      freeze: () => state.store.freeze(),
    });
    const freeing = new GradualFreeing(timers, state.store);
    // Messages may come at once: everything that they wake is there.
    const transport = await bus.subscribe(subjects.raft(config.member), ({ data }) =>
      node.receive(decodeMessage(data)),
    );
    duties.start();
    return { node, data, snapshots, faces, transport, duties, freeing };
  }
}
