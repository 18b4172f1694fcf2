import type { Bus, Subjects, Subscription } from '@orrery/bus';
import { raftv1, storagev1 } from '@orrery/proto';
import { Raft } from '@orrery/raft';
import type { Host, Timer } from '@orrery/runtime';
import type { HealthCheck } from '@orrery/service';
import { COMPACTION_INTERVAL_MS, PeriodicCompaction } from './compaction/periodic-compaction.ts';
import { RaftNode } from './consensus/raft-node.ts';
import { KeyValueService } from './key-value-service/key-value-service.ts';
import { RegistryLogPublisher } from './registry-log/registry-log-publisher.ts';
import { encodeExpireLeases, encodeRequest, encodeSkipRevisions } from './state-machine/log-command.ts';
import { StateMachine } from './state-machine/state-machine.ts';
import { ELECTION_TIMEOUT_MS, HEARTBEAT_MS, REGISTRY_LOG_BYTES_MAX, type StorageConfig } from './storage-config.ts';
import { checkDataFormat } from './wal/data-format.ts';
import { WriteAheadLog } from './wal/write-ahead-log.ts';

/** Ticks in one heartbeat interval: fine enough that two members seldom ask for votes in the same one. */
const TICKS_PER_HEARTBEAT = 5;
/** How long a change or read waits for a majority; below the patience of those who ask. */
const PATIENCE_MS = 2_500;
const LEASE_CHECK_MS = 500;

/** What is there while the member runs. */
interface Running {
  readonly raft: Raft;
  readonly node: RaftNode;
  readonly wal: WriteAheadLog;
  readonly state: StateMachine;
  readonly publisher: RegistryLogPublisher;
  readonly service: KeyValueService;
  readonly transport: Subscription;
  readonly compaction: PeriodicCompaction;
  readonly leaseTimer: Timer;
  readonly forgetReconnects: () => void;
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
    return this.stop();
  }

  /** Resolves when the member answers requests. Throws `DataFormatError` and `WalCorruptedError`. */
  async start(): Promise<void> {
    const { config, host } = this;
    await checkDataFormat(host.disk, config.dataFolder ?? `of storage member ${config.member}`);
    const { wal, recovered } = await WriteAheadLog.open(host.disk, host.logger);
    const tickMs = (config.heartbeatMs ?? HEARTBEAT_MS) / TICKS_PER_HEARTBEAT;
    const raft = new Raft({
      id: config.member,
      members: config.members,
      electionTicks: Math.ceil((config.electionTimeoutMs ?? ELECTION_TIMEOUT_MS) / tickMs),
      heartbeatTicks: TICKS_PER_HEARTBEAT,
      random: host.random,
      hardState: recovered.hardState,
      entries: recovered.entries,
    });
    this.#running = await this.#assemble(raft, wal, tickMs);
    this.#running.node.start();
    await this.#running.service.start();
  }

  /** Changes that were not acknowledged may or may not be found after the next start. */
  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    if (running === undefined) return;
    running.leaseTimer.cancel();
    running.compaction.stop();
    running.forgetReconnects();
    running.publisher.stop();
    running.node.stop();
    await running.service.stop();
    await running.transport.stop();
    await running.wal.close();
  }

  health(): string | undefined {
    if (this.#running === undefined) return 'not running';
    const { node, publisher } = this.#running;
    if (node.failure !== undefined) return node.failure.message;
    if (node.diskIsFull) return 'the disk is full, writes are refused';
    if (node.leader === '') return 'no leader is known';
    return publisher.failing === undefined ? undefined : `registry log: ${publisher.failing.message}`;
  }

  /** Name of the leader as this member knows it; empty where it knows none. */
  get leader(): string {
    return this.#running?.node.leader ?? '';
  }

  async #assemble(raft: Raft, wal: WriteAheadLog, tickMs: number): Promise<Running> {
    const { config, host, bus, subjects } = this;
    const { clock, timers } = host;
    const logger = host.logger.child({ member: config.member });
    const state = new StateMachine();
    const node: RaftNode = new RaftNode({
      raft,
      wal,
      timers,
      logger,
      tickMs,
      patienceTicks: Math.ceil(PATIENCE_MS / tickMs),
      alone: config.members.length === 1,
      send: (message) => bus.publish(subjects.raft(message.to), raftv1.Message.encode(message).finish()),
      apply: (entry) => state.apply(entry.data),
      onProgress: () => publisher.wake(),
    });
    const publisher = new RegistryLogPublisher({
      openLog: () =>
        bus.log(subjects.registryLog(), {
          subjects: [subjects.registryOfAll()],
          bytesMax: config.registryLogBytesMax ?? REGISTRY_LOG_BYTES_MAX,
        }),
      store: state.store,
      subjects,
      timers,
      logger,
      leads: () => node.leadsUpToDate,
      skipRevisions: async (revision) => {
        await node.propose(encodeSkipRevisions(clock.now(), revision));
      },
    });
    const service = new KeyValueService({
      member: config.member,
      bus,
      subjects,
      clock,
      timers,
      raft,
      node,
      state,
      publishedRevision: () => publisher.published,
      patienceMs: PATIENCE_MS,
    });
    const transport = await bus.subscribe(subjects.raft(config.member), ({ data }) =>
      node.receive(raftv1.Message.decode(data)),
    );
    const leaseTimer = timers.every(LEASE_CHECK_MS, () => {
      if (node.isLeader && state.store.hasExpiredLeases(clock.now()))
        void node.propose(encodeExpireLeases(clock.now()));
    });
    const compaction = new PeriodicCompaction({
      timers,
      intervalMs: COMPACTION_INTERVAL_MS,
      leads: () => node.leadsUpToDate,
      revision: () => publisher.published,
      compact: (revision) => {
        const request = { requestId: '', operation: { $case: 'compact' as const, value: { revision } } };
        return node.propose(encodeRequest(clock.now(), storagev1.Request.encode(request).finish()));
      },
    });
    compaction.start();
    const forgetReconnects = bus.onReconnect(() => publisher.lookAgain());
    return { raft, node, wal, state, publisher, service, transport, compaction, leaseTimer, forgetReconnects };
  }
}
