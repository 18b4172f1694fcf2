import { describe, expect, it } from '@jest/globals';
import { EtcdMetrics, type MemberFacts } from './etcd-metrics.ts';

const facts: MemberFacts = {
  memberId: '255',
  version: '3.4.31',
  clusterVersion: '3.4.0',
  hasLeader: true,
  isLeader: false,
  isLearner: false,
  committedIndex: 9,
  appliedIndex: 8,
  pendingProposals: 1,
  quotaBytes: 1000,
  bytesAllocated: 200,
  bytesUsed: 100,
  keys: 3,
  revision: 7,
  compactRevision: 0,
  watches: { streams: 1, watchers: 2, slow: 0 },
};

describe('a member’s metrics', () => {
  it('show the state at the moment when they are read', () => {
    let now = facts;
    const metrics = new EtcdMetrics(() => now);
    expect(metrics.text()).toMatch(/^etcd_debugging_mvcc_current_revision 7$/m);
    now = { ...facts, revision: 8 };
    expect(metrics.text()).toMatch(/^etcd_debugging_mvcc_current_revision 8$/m);
    expect(metrics.text()).toMatch(/^etcd_debugging_mvcc_compact_revision -1$/m);
    expect(metrics.text()).toMatch(/^etcd_server_id\{server_id="ff"\} 1$/m);
    expect(metrics.text()).toMatch(/^etcd_cluster_version\{cluster_version="3.4"\} 1$/m);
  });

  it('count calls by method and status', () => {
    const metrics = new EtcdMetrics(() => facts);
    for (const code of [0, 0, 3]) metrics.countCall('/etcdserverpb.KV/Put', 'unary', code);
    metrics.countCall('/etcdserverpb.Watch/Watch', 'stream', 14);
    const handled = metrics.text().match(/^grpc_server_handled_total.*$/gm);
    expect(handled).toEqual([
      'grpc_server_handled_total{grpc_type="unary",grpc_service="etcdserverpb.KV",grpc_method="Put",grpc_code="OK"} 2',
      'grpc_server_handled_total{grpc_type="unary",grpc_service="etcdserverpb.KV",grpc_method="Put",grpc_code="InvalidArgument"} 1',
      'grpc_server_handled_total{grpc_type="bidi_stream",grpc_service="etcdserverpb.Watch",grpc_method="Watch",grpc_code="Unavailable"} 1',
    ]);
  });

  it('count what was answered as the operation that it was', () => {
    const metrics = new EtcdMetrics(() => facts);
    metrics.countReceived(30);
    metrics.countAnswer('/etcdserverpb.KV/Put', 10);
    metrics.countAnswer('/etcdserverpb.Maintenance/Status', 5);
    expect(metrics.text()).toMatch(/^etcd_mvcc_put_total 1$/m);
    expect(metrics.text()).toMatch(/^etcd_mvcc_range_total 0$/m);
    expect(metrics.text()).toMatch(/^etcd_network_client_grpc_sent_bytes_total 15$/m);
    expect(metrics.text()).toMatch(/^etcd_network_client_grpc_received_bytes_total 30$/m);
  });
});
