import { GrpcCode, GrpcError } from '@orrery/grpc';
import { etcdserverpb } from '@orrery/proto/etcd';
import { ETCD_VERSION, STORAGE_VERSION } from '../etcd-version.ts';
import type { MemberRequests } from '../member-requests.ts';
import { alarmMember, alarmText, alarmType } from '../translation/alarms.ts';
import { identifierOf } from '../translation/identifiers.ts';
import { memberNamed } from './cluster.service.ts';
import { type MessageStream, type Methods, serverStreaming, unary } from './method.ts';

/** A backup in etcd's own file format, consistent at one revision. */
export interface Backup {
  readonly revision: number;
  /** Of the file with the SHA-256 behind it. */
  readonly bytes: number;
  chunks(): AsyncIterable<Uint8Array>;
}

export interface MaintenanceParts {
  readonly requests: MemberRequests;
  readonly leads: () => boolean;
  readonly backup: () => Promise<Backup>;
}

export function maintenanceService(parts: MaintenanceParts): Methods {
  const service = new MaintenanceService(parts);
  const path = '/etcdserverpb.Maintenance';
  const pb = etcdserverpb;
  return [
    unary(`${path}/Alarm`, pb.AlarmRequest, pb.AlarmResponse, (request) => service.alarm(request)),
    unary(`${path}/Status`, pb.StatusRequest, pb.StatusResponse, () => service.status()),
    unary(`${path}/Defragment`, pb.DefragmentRequest, pb.DefragmentResponse, () => service.defragment()),
    unary(`${path}/Hash`, pb.HashRequest, pb.HashResponse, () => service.hash()),
    unary(`${path}/HashKV`, pb.HashKVRequest, pb.HashKVResponse, (request) => service.hashKv(request)),
    unary(`${path}/MoveLeader`, pb.MoveLeaderRequest, pb.MoveLeaderResponse, (request) => service.moveLeader(request)),
    unary(`${path}/Downgrade`, pb.DowngradeRequest, pb.DowngradeResponse, () => service.downgrade()),
    serverStreaming(`${path}/Snapshot`, pb.SnapshotRequest, pb.SnapshotResponse, (_request, stream) =>
      service.snapshot(stream),
    ),
  ];
}

/** As etcd says it to whoever compares hashes. */
const NEVER_COMPACTED = -1;

class MaintenanceService {
  constructor(private readonly parts: MaintenanceParts) {}

  async alarm({ action, memberID, alarm }: etcdserverpb.AlarmRequest): Promise<etcdserverpb.AlarmResponse> {
    const { requests } = this.parts;
    const member = memberID === '0' ? '' : await memberNamed(requests, memberID);
    const value = { action: action as number, member, type: alarmType(alarm) };
    const { value: answer } = await requests.ask({ $case: 'alarm', value });
    // As etcd, without a header.
    return { header: undefined, alarms: answer.alarms.map(alarmMember) };
  }

  async status(): Promise<etcdserverpb.StatusResponse> {
    const { value, header } = await this.parts.requests.ask({ $case: 'status', value: {} });
    return {
      header,
      version: ETCD_VERSION,
      storageVersion: STORAGE_VERSION,
      dbSize: value.bytesAllocated,
      dbSizeInUse: value.bytesUsed,
      dbSizeQuota: value.quotaBytes,
      leader: value.leader === '' ? '0' : identifierOf(value.leader),
      raftIndex: value.raftIndex,
      raftAppliedIndex: value.raftApplied,
      raftTerm: value.raftTerm,
      errors: [...value.alarms.map(alarmText), ...(value.leader === '' ? ['etcdserver: no leader'] : [])],
      isLearner: value.isLearner,
    };
  }

  /** Storage gives freed memory back without being asked; there is no file to be rewritten. */
  async defragment(): Promise<etcdserverpb.DefragmentResponse> {
    const { header } = await this.parts.requests.ask({ $case: 'status', value: {} });
    return { header: { ...header, revision: 0 } };
  }

  async hash(): Promise<etcdserverpb.HashResponse> {
    const { value, header } = await this.parts.requests.ask({ $case: 'hash', value: { revision: 0 } });
    return { header, hash: value.hash };
  }

  async hashKv({ revision }: etcdserverpb.HashKVRequest): Promise<etcdserverpb.HashKVResponse> {
    const { value, header } = await this.parts.requests.ask({
      $case: 'hash',
      value: { revision: Math.max(0, revision) },
    });
    return { header, ...value, compactRevision: value.compactRevision === 0 ? NEVER_COMPACTED : value.compactRevision };
  }

  /** As etcd: only the leader itself is asked, so that nobody moves the leadership of a cluster that has just elected another. */
  async moveLeader({ targetID }: etcdserverpb.MoveLeaderRequest): Promise<etcdserverpb.MoveLeaderResponse> {
    const { requests, leads } = this.parts;
    if (!leads()) throw new GrpcError(GrpcCode.failedPrecondition, 'etcdserver: not leader');
    const { value } = await requests.ask({ $case: 'memberList', value: { linearizable: true } });
    const target = value.members.find(({ name }) => identifierOf(name) === targetID);
    if (target === undefined || target.isLearner) {
      throw new GrpcError(GrpcCode.failedPrecondition, 'etcdserver: bad leader transferee');
    }
    const { header } = await requests.ask({ $case: 'moveLeader', value: { target: target.name } });
    return { header: { ...header, revision: 0 } };
  }

  async downgrade(): Promise<etcdserverpb.DowngradeResponse> {
    throw new GrpcError(GrpcCode.unimplemented, 'unknown method Downgrade for service etcdserverpb.Maintenance');
  }

  async snapshot(stream: MessageStream<etcdserverpb.SnapshotRequest, etcdserverpb.SnapshotResponse>): Promise<void> {
    const { requests, backup } = this.parts;
    const file = await backup();
    let remaining = file.bytes;
    for await (const blob of file.chunks()) {
      if (stream.signal.aborted) return;
      remaining -= blob.length;
      const header = requests.header(file.revision, 0);
      const message = { header, remainingBytes: remaining, blob, version: ETCD_VERSION };
      if (!stream.send(message)) await stream.drained();
    }
  }
}
