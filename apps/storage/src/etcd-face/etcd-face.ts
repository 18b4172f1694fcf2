import { type GrpcHandler, type GrpcServer, serveGrpc } from '@orrery/grpc';
import { storagev1 } from '@orrery/proto';
import { type Logger, type Milliseconds, type Random, sleepOrStop, type Timers } from '@orrery/runtime';
import { counted } from '../metrics/counted-handler.ts';
import type { EtcdMetrics } from '../metrics/etcd-metrics.ts';
import { peerUrlOf } from '../request-executor/member-urls.ts';
import { REQUEST_BYTES_MAX, type RequestExecutor } from '../request-executor/request-executor.ts';
import type { EtcdFaceConfig } from '../storage-config.ts';
import { nextChange } from './concurrency/next-change.ts';
import { WaitingLine } from './concurrency/waiting-line.ts';
import { httpPages } from './http-pages.ts';
import { MemberRequests } from './member-requests.ts';
import { authService } from './services/auth.service.ts';
import { clusterService } from './services/cluster.service.ts';
import { electionService } from './services/election.service.ts';
import { healthService } from './services/health.service.ts';
import { kvService } from './services/kv.service.ts';
import { forLearners } from './services/learner-guard.ts';
import { leaseService } from './services/lease.service.ts';
import { lockService } from './services/lock.service.ts';
import { type Backup, maintenanceService } from './services/maintenance.service.ts';
import { WatchService } from './services/watch.service.ts';
import { alarmName } from './translation/alarms.ts';
import type { MemberWatches } from './watch/member-watches.ts';

export interface EtcdFaceParts {
  readonly config: EtcdFaceConfig;
  /** Name of the storage cluster: its identifier is made of it. */
  readonly cluster: string;
  readonly member: string;
  readonly executor: RequestExecutor;
  readonly watches: MemberWatches;
  readonly metrics: EtcdMetrics;
  readonly timers: Timers;
  readonly random: Random;
  readonly logger: Logger;
  readonly leads: () => boolean;
  readonly hasLeader: () => boolean;
  readonly isLearner: () => boolean;
  /** How long a watch that asked for a leader goes on without one. */
  readonly leaderPatienceMs: Milliseconds;
  readonly term: () => number;
  /** Why this member cannot serve, without asking others. */
  readonly health: () => string | undefined;
  readonly backup: () => Promise<Backup>;
}

/** Pause before a member tells its URLs again, which no leader has taken. */
const PUBLISH_PAUSE_MS = 500;

/** A member as etcd's clients see it: etcd's v3 API over gRPC, and its pages over HTTP, on one port. */
export class EtcdFace {
  readonly #stopping = new AbortController();
  #server: GrpcServer | undefined;
  #published: Promise<void> | undefined;
  readonly #requests: MemberRequests;
  readonly #watches: WatchService;

  constructor(private readonly parts: EtcdFaceParts) {
    const { executor, cluster, member, watches, timers, random, metrics, hasLeader, leaderPatienceMs, term } = parts;
    this.#requests = new MemberRequests({
      executor,
      random,
      cluster,
      member,
      countFailure: () => metrics.failedProposals.add(),
    });
    this.#watches = new WatchService({
      watches,
      timers,
      hasLeader,
      leaderPatienceMs,
      header: (revision) => this.#requests.header(revision, term()),
      countEvents: (events) => metrics.watchEvents.add(events),
    });
  }

  get watchCounts(): { readonly streams: number; readonly watchers: number; readonly slow: number } {
    const { watchers, watchersBehind } = this.parts.watches.hub;
    return { streams: this.#watches.streams, watchers, slow: watchersBehind };
  }

  /** Where it listens; `undefined` before it does. */
  get address(): string | undefined {
    return this.#server?.address;
  }

  /** Rejects when the port cannot be had. */
  async start(): Promise<void> {
    const { config, metrics, logger } = this.parts;
    this.#server = await serveGrpc({
      listen: config.listen,
      tls: config.tls,
      handlers: this.#handlers(),
      http: httpPages({ metrics, problem: () => this.#problem() }),
      observe: (path, kind, code) => metrics.countCall(path, kind, code),
      requestBytesMax: REQUEST_BYTES_MAX,
    });
    logger.info('serves etcd clients', { address: this.#server.address });
    this.#watches.start();
    this.#published = this.#publish(this.#server.address);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#watches.stop();
    await this.#server?.stop();
    await this.#published;
  }

  #handlers(): Map<string, GrpcHandler> {
    const { leads, isLearner, health, timers, backup, metrics } = this.parts;
    const requests = this.#requests;
    const line = new WaitingLine({
      requests,
      changed: (prefix, revision, signal) => nextChange(this.parts.watches, prefix, revision, signal),
    });
    const methods = [
      ...kvService(requests),
      ...this.#watches.methods(),
      ...leaseService(requests),
      ...clusterService(requests),
      ...maintenanceService({ requests, leads, backup }),
      ...lockService(line, requests),
      ...electionService({ line, requests }),
      ...authService(requests),
      ...healthService(() => health() === undefined, timers),
    ];
    return new Map(
      methods.map(([path, handler]) => [path, forLearners(path, counted(path, handler, metrics), isLearner)]),
    );
  }

  /** As etcd's: alarms and a missing leader make a member unhealthy, and so does a majority that does not answer. */
  async #problem(): Promise<string | undefined> {
    const own = this.parts.health();
    if (own !== undefined) return own;
    const { result } = await this.parts.executor.execute(
      { requestId: '', operation: ALL_ALARMS },
      { mayForward: true },
    );
    if (result?.$case === 'error') return `QGET ERROR: ${result.value.message}`;
    const alarms = result?.$case === 'alarm' ? result.value.alarms : [];
    return alarms.length === 0 ? undefined : `ALARM ${alarms.map(alarmName).join(', ')}`;
  }

  /** Tells the others what clients can reach this member by; until then it counts as not started. */
  async #publish(address: string): Promise<void> {
    const { config, member: name, executor, timers, logger } = this.parts;
    const scheme = config.tls === undefined ? 'http' : 'https';
    const clientUrls = [...(config.advertiseClientUrls ?? [`${scheme}://${address}`])];
    const member = { name, peerUrls: [peerUrlOf(name)], clientUrls, isLearner: false, published: true };
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const { result } = await executor.execute(
        { requestId: '', operation: { $case: 'publishMember', value: { member } } },
        { mayForward: true },
      );
      if (result?.$case === 'publishMember') return;
      if (result?.$case === 'error' && result.value.code !== storagev1.Error_Code.CODE_UNAVAILABLE) {
        logger.error('the URLs for clients were refused', { reason: result.value.message });
        return;
      }
      await sleepOrStop(timers, PUBLISH_PAUSE_MS, signal);
    }
  }
}

/** What a majority has to confirm: which alarms there are. */
const ALL_ALARMS: storagev1.Request['operation'] = {
  $case: 'alarm',
  value: {
    action: storagev1.AlarmRequest_Action.ACTION_GET,
    member: '',
    type: storagev1.AlarmType.ALARM_TYPE_UNSPECIFIED,
  },
};
