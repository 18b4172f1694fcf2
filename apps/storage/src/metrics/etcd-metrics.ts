import { type Histogram, MetricsRegistry, type Series, type Value } from '@orrery/service';

/** What the metrics show of a member at the moment when somebody asks. */
export interface MemberFacts {
  readonly memberId: string;
  readonly hasLeader: boolean;
  readonly isLeader: boolean;
  readonly isLearner: boolean;
  readonly committedIndex: number;
  readonly appliedIndex: number;
  readonly pendingProposals: number;
  readonly quotaBytes: number;
  readonly bytesAllocated: number;
  readonly bytesUsed: number;
  readonly keys: number;
  readonly revision: number;
  /** 0: never compacted. */
  readonly compactRevision: number;
  readonly watches: { readonly streams: number; readonly watchers: number; readonly slow: number };
  readonly version: string;
  readonly clusterVersion: string;
}

/** Seconds; etcd's buckets for what waits for a disk: from 1 ms, doubling. */
const DISK_BUCKETS = Array.from({ length: 14 }, (_, power) => 0.001 * 2 ** power);

/**
 * A member's metrics under etcd's names, so that dashboards and alerts made for etcd work. What etcd measures of its bbolt file and has no
 * counterpart here is left out rather than shown as 0.
 */
export class EtcdMetrics {
  readonly #registry = new MetricsRegistry();
  readonly walFsync: Histogram;
  readonly leaderChanges: Value;
  readonly failedProposals: Value;
  readonly #receivedBytes: Value;
  readonly #sentBytes: Value;
  readonly watchEvents: Value;
  readonly #health: { readonly success: Value; readonly failure: Value };
  /** What one answered request counts as, by the path of its method. */
  readonly #operations: ReadonlyMap<string, readonly Value[]>;
  readonly #callsByPath = new Map<string, (readonly Value[])[]>();
  readonly #calls: { readonly started: Series<Value>; readonly handled: Series<Value> };

  constructor(read: () => MemberFacts) {
    const registry = this.#registry;
    const counter = (name: string, help: string): Value => registry.counter({ name, help }).of();
    const disk = (name: string, help: string): Histogram =>
      registry.histogram({ name, help, buckets: DISK_BUCKETS }).of();
    this.walFsync = disk('etcd_disk_wal_fsync_duration_seconds', 'Time that syncs of the write-ahead log took.');
    this.leaderChanges = counter(
      'etcd_server_leader_changes_seen_total',
      'Changes of the leader that this member saw.',
    );
    this.failedProposals = counter('etcd_server_proposals_failed_total', 'Proposals of unknown or no outcome.');
    this.#receivedBytes = counter('etcd_network_client_grpc_received_bytes_total', 'Bytes of requests from clients.');
    this.#sentBytes = counter('etcd_network_client_grpc_sent_bytes_total', 'Bytes of answers to clients.');
    this.watchEvents = counter('etcd_debugging_mvcc_events_total', 'Events sent to watchers.');
    this.#health = {
      success: counter('etcd_server_health_success', 'Health questions answered with yes.'),
      failure: counter('etcd_server_health_failures', 'Health questions answered with no.'),
    };
    const operation = (name: string): readonly Value[] => [
      counter(`etcd_mvcc_${name}_total`, `Requests of kind ${name} that this member answered.`),
      counter(`etcd_debugging_mvcc_${name}_total`, `Requests of kind ${name} that this member answered.`),
    ];
    const lease = (what: string): readonly Value[] => [
      counter(`etcd_debugging_lease_${what}_total`, `Leases ${what} through this member.`),
    ];
    this.#operations = new Map([
      ['/etcdserverpb.KV/Range', operation('range')],
      ['/etcdserverpb.KV/Put', operation('put')],
      ['/etcdserverpb.KV/DeleteRange', operation('delete')],
      ['/etcdserverpb.KV/Txn', operation('txn')],
      ['/etcdserverpb.Lease/LeaseGrant', lease('granted')],
      ['/etcdserverpb.Lease/LeaseRevoke', lease('revoked')],
      ['/etcdserverpb.Lease/LeaseKeepAlive', lease('renewed')],
    ]);
    const call = ['grpc_type', 'grpc_service', 'grpc_method'];
    this.#calls = {
      started: registry.counter({ name: 'grpc_server_started_total', help: 'Calls begun.', labels: call }),
      handled: registry.counter({
        name: 'grpc_server_handled_total',
        help: 'Calls ended, by status.',
        labels: [...call, 'grpc_code'],
      }),
    };
    this.#showFacts(read);
  }

  text(): string {
    return this.#registry.text();
  }

  /** A message of a client. */
  countReceived(bytes: number): void {
    this.#receivedBytes.add(bytes);
  }

  /** A message that answers one. */
  countAnswer(path: string, bytes: number): void {
    this.#sentBytes.add(bytes);
    for (const value of this.#operations.get(path) ?? []) value.add();
  }

  countHealth(healthy: boolean): void {
    (healthy ? this.#health.success : this.#health.failure).add();
  }

  /** `path` as in gRPC: `/service/method`. */
  countCall(path: string, kind: 'unary' | 'stream', code: number): void {
    const known = this.#callsByPath.get(path)?.[code];
    const values = known ?? this.#beginCounting(path, kind, code);
    for (const value of values) value.add();
  }

  /** Looked up once for each method and status, not for each call. Only paths that are served come here. */
  #beginCounting(path: string, kind: 'unary' | 'stream', code: number): readonly Value[] {
    const [, service = '', method = ''] = path.split('/');
    const type = kind === 'unary' ? 'unary' : method === 'Snapshot' ? 'server_stream' : 'bidi_stream';
    const values = [
      this.#calls.started.of(type, service, method),
      this.#calls.handled.of(type, service, method, CODE_NAMES[code] ?? `Code(${code})`),
    ];
    const byCode = this.#callsByPath.get(path) ?? [];
    byCode[code] = values;
    this.#callsByPath.set(path, byCode);
    return values;
  }

  #showFacts(read: () => MemberFacts): void {
    const registry = this.#registry;
    for (const [name, type, help, value] of SHOWN) {
      registry.computed(type, { name, help }, () => [[[], Number(value(read()))]]);
    }
    registry.computed(
      'gauge',
      { name: 'etcd_server_id', help: 'This member, in hexadecimal.', labels: ['server_id'] },
      () => [[[BigInt(read().memberId).toString(16)], 1]],
    );
    const version = {
      name: 'etcd_server_version',
      help: 'The etcd that clients find here.',
      labels: ['server_version'],
    };
    registry.computed('gauge', version, () => [[[read().version], 1]]);
    const cluster = {
      name: 'etcd_cluster_version',
      help: 'The release whose rules the cluster follows.',
      labels: ['cluster_version'],
    };
    registry.computed('gauge', cluster, () => [[[read().clusterVersion.split('.').slice(0, 2).join('.')], 1]]);
  }
}

type Shown = readonly [
  name: string,
  type: 'counter' | 'gauge',
  help: string,
  value: (facts: MemberFacts) => number | boolean,
];

const SHOWN: readonly Shown[] = [
  ['etcd_server_has_leader', 'gauge', 'Does this member know a leader?', (facts) => facts.hasLeader],
  ['etcd_server_is_leader', 'gauge', 'Does this member lead?', (facts) => facts.isLeader],
  ['etcd_server_is_learner', 'gauge', 'Is this member a learner?', (facts) => facts.isLearner],
  [
    'etcd_server_proposals_committed_total',
    'gauge',
    'Index of the last committed entry.',
    (facts) => facts.committedIndex,
  ],
  ['etcd_server_proposals_applied_total', 'gauge', 'Index of the last applied entry.', (facts) => facts.appliedIndex],
  ['etcd_server_proposals_pending', 'gauge', 'Proposals that wait for a majority.', (facts) => facts.pendingProposals],
  ['etcd_server_quota_backend_bytes', 'gauge', 'Bytes that the store may have.', (facts) => facts.quotaBytes],
  ['etcd_mvcc_db_total_size_in_bytes', 'gauge', 'Bytes set aside for the store.', (facts) => facts.bytesAllocated],
  [
    'etcd_debugging_mvcc_db_total_size_in_bytes',
    'gauge',
    'Bytes set aside for the store.',
    (facts) => facts.bytesAllocated,
  ],
  ['etcd_mvcc_db_total_size_in_use_in_bytes', 'gauge', 'Bytes that the store needs.', (facts) => facts.bytesUsed],
  ['etcd_debugging_mvcc_keys_total', 'gauge', 'Keys that exist.', (facts) => facts.keys],
  ['etcd_debugging_mvcc_current_revision', 'gauge', 'The newest revision.', (facts) => facts.revision],
  [
    'etcd_debugging_mvcc_compact_revision',
    'gauge',
    'The last compacted revision; -1: none.',
    (facts) => (facts.compactRevision === 0 ? -1 : facts.compactRevision),
  ],
  ['etcd_debugging_mvcc_watcher_total', 'gauge', 'Watches that are open.', (facts) => facts.watches.watchers],
  ['etcd_debugging_mvcc_watch_stream_total', 'gauge', 'Streams with watches.', (facts) => facts.watches.streams],
  ['etcd_debugging_mvcc_slow_watcher_total', 'gauge', 'Watches that are behind.', (facts) => facts.watches.slow],
];

const CODE_NAMES = [
  'OK',
  'Canceled',
  'Unknown',
  'InvalidArgument',
  'DeadlineExceeded',
  'NotFound',
  'AlreadyExists',
  'PermissionDenied',
  'ResourceExhausted',
  'FailedPrecondition',
  'Aborted',
  'OutOfRange',
  'Unimplemented',
  'Internal',
  'Unavailable',
  'DataLoss',
  'Unauthenticated',
];
