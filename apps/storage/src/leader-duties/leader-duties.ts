import { type Bus, openRegistryLog, type Subjects } from '@orrery/bus';
import { storagev1 } from '@orrery/proto';
import { RegistryLogPublisher } from '@orrery/registry-log';
import type { Host, Logger } from '@orrery/runtime';
import { COMPACTION_INTERVAL_MS, PeriodicCompaction } from '../compaction/periodic-compaction.ts';
import type { RaftNode } from '../consensus/raft-node.ts';
import { askForHash } from '../consistency-check/ask-for-hash.ts';
import { ConsistencyCheck } from '../consistency-check/consistency-check.ts';
import { LeaseExpiry } from '../leases/lease-expiry.ts';
import { StoreRevisionSource } from '../registry-log/store-revision-source.ts';
import { encodeOperation, encodeSkipRevisions } from '../state-machine/log-command.ts';
import type { StateMachine } from '../state-machine/state-machine.ts';
import type { StorageConfig } from '../storage-config.ts';

export interface LeaderDutiesParts {
  readonly config: StorageConfig;
  readonly host: Host;
  readonly logger: Logger;
  readonly bus: Bus;
  readonly subjects: Subjects;
  readonly node: RaftNode;
  readonly state: StateMachine;
}

/**
 * What a member does for all while it leads, beside answering requests: it writes the registry log, keeps the time of leases, compacts, and has the members
 * compare what they hold. At every other member all of it waits.
 */
export class LeaderDuties {
  readonly leases: LeaseExpiry;
  readonly #publisher: RegistryLogPublisher;
  readonly #compaction: PeriodicCompaction;
  readonly #consistency: ConsistencyCheck;
  #forgetReconnects: (() => void) | undefined;

  constructor(private readonly parts: LeaderDutiesParts) {
    const { host, logger, node, state } = parts;
    const { clock, timers } = host;
    const leads = (): boolean => node.leadsUpToDate;
    this.leases = new LeaseExpiry({
      clock,
      timers,
      logger,
      state,
      leads,
      term: () => node.term,
      propose: (command) => node.propose(command),
    });
    this.#publisher = this.#newPublisher(leads);
    this.#compaction = new PeriodicCompaction({
      timers,
      intervalMs: COMPACTION_INTERVAL_MS,
      leads,
      revision: () => this.publishedRevision,
      compact: (revision) => this.#propose({ $case: 'compact', value: { revision } }),
    });
    this.#consistency = this.#newConsistencyCheck(leads);
  }

  /** Last revision that the registry log holds or need not hold, as this member knows it; 0: it does not. */
  get publishedRevision(): number {
    return this.#publisher.published;
  }

  /** Why the registry log is not written at the moment. */
  get trouble(): Error | undefined {
    return this.#publisher.failing;
  }

  start(): void {
    this.leases.start();
    this.#compaction.start();
    this.#consistency.start();
    this.#publisher.start();
    this.#forgetReconnects = this.parts.bus.onReconnect(() => this.#publisher.lookAgain());
  }

  stop(): void {
    this.leases.stop();
    this.#compaction.stop();
    this.#consistency.stop();
    this.#forgetReconnects?.();
    this.#publisher.stop();
  }

  /** Something was applied, or the leadership changed. */
  wake(): void {
    this.#publisher.wake();
    this.leases.wake();
  }

  #newPublisher(leads: () => boolean): RegistryLogPublisher {
    const { config, host, logger, bus, subjects, node, state } = this.parts;
    const { clock, timers } = host;
    return new RegistryLogPublisher({
      openLog: () => openRegistryLog(bus, subjects, config.registryLogBytesMax),
      source: new StoreRevisionSource({
        store: () => state.store,
        readBarrier: () => node.readBarrier(),
        skipRevisions: (revision) => node.propose(encodeSkipRevisions(clock.now(), revision)),
      }),
      subjects,
      timers,
      logger,
      leads,
    });
  }

  #newConsistencyCheck(leads: () => boolean): ConsistencyCheck {
    const { config, host, logger, bus, subjects, node, state } = this.parts;
    const action = storagev1.AlarmRequest_Action.ACTION_ACTIVATE;
    return new ConsistencyCheck({
      member: config.member,
      members: () => [...node.configuration.voters, ...node.configuration.learners],
      store: state.store,
      timers: host.timers,
      logger,
      leads,
      ask: (member, revision) => askForHash(bus, subjects, member, revision),
      raise: ({ member, type }) => this.#propose({ $case: 'alarm', value: { action, member, type } }),
    });
  }

  #propose(operation: storagev1.Request['operation']): Promise<unknown> {
    const { node, host } = this.parts;
    return node.propose(encodeOperation(host.clock.now(), operation));
  }
}
